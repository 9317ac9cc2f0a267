using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Rejects;

/// <summary>
/// Sends chunks of which rows may be refused. At best all rows that are certain go in one COPY, which passes over those that
/// break a check, and the few others to the <see cref="RowJudge"/>. Where the server refuses a row of that COPY all the same
/// (a key, a domain), the chunk is sent again in segments under savepoints: the row named is put aside, or, where none is named, the segment halved until one row is left.
/// </summary>
internal sealed class TolerantCopy(ChunkCopy copy, RowJudge judge)
{
    private const int SegmentRows = 2048;
    private const string Savepoint = "lakebase_segment";

    /// <summary>The quick way; null when the chunk must go the careful way, in a new transaction where <see cref="RowFault"/> is thrown.</summary>
    public async Task<JudgedChunk?> SendAsync(
        NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken) =>
        await copy.SendBinaryAsync(connection, chunk, cancellationToken).ConfigureAwait(false) is LoadedChunk sent
            ? await JudgeAsync(connection, sent, cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>The careful way: whatever is wrong with single rows, all others go in.</summary>
    public async Task<JudgedChunk> SendCarefullyAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, LoadChunk chunk, bool asText, CancellationToken cancellationToken)
    {
        copy.Open(chunk);
        SentRows total = new(0, 0, UInt128.Zero, false);
        bool text = asText;
        for (long limit = SegmentRows; !total.IsEnd; limit = Math.Min(limit * 2, SegmentRows))
        {
            FeedMark mark = copy.Feed.Mark;
            await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            SentRows? sent = null;
            while (sent is null)
            {
                try
                {
                    sent = text
                        ? await copy.SendTextAsync(connection, limit, cancellationToken).ConfigureAwait(false)
                        : await copy.SendBinaryAsync(connection, limit, cancellationToken).ConfigureAwait(false);
                    if (sent is not null)
                        continue;
                    // Most of these rows are for the server to read.
                    await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
                    text = true;
                }
                catch (RowFault fault)
                {
                    await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
                    if (fault.Record is int bad)
                        copy.Feed.Exclude(bad, judge.FieldOf(fault.Column));
                    else if (limit > 1)
                        limit /= 2;
                    else
                        copy.Feed.Exclude(mark.Record + copy.Feed.Aside.Skip(mark.Aside).TakeWhile((row, i) => row.Record == mark.Record + i).Count(), -1);
                }

                copy.Feed.Return(mark);
            }

            await transaction.ReleaseAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            total = new SentRows(total.Rows + sent.Rows, total.Bytes + sent.Bytes, unchecked(total.Hash + sent.Hash), sent.IsEnd);
            text = asText;
        }

        LoadedChunk loaded = new(chunk.Range, total.Rows, copy.Feed.BytesRead, total.Hash, asText ? "Text" : "Binary") { Lines = copy.Feed.Lines };
        return await JudgeAsync(connection, loaded, cancellationToken).ConfigureAwait(false);
    }

    private async Task<JudgedChunk> JudgeAsync(
        NpgsqlConnection connection, LoadedChunk sent, CancellationToken cancellationToken)
    {
        if (copy.Feed.Aside.Count == 0)
            return new JudgedChunk(sent, []);
        (SentRows accepted, IReadOnlyList<RejectedRow> rejected) = await judge.JudgeAsync(connection, copy.Feed, cancellationToken).ConfigureAwait(false);
        return new JudgedChunk(
            sent with
            {
                Rows = sent.Rows + accepted.Rows,
                Hash = unchecked(sent.Hash + accepted.Hash),
                Rejected = rejected.Count,
                Encoding = sent.Encoding == "Binary" ? "Mixed" : sent.Encoding,
            },
            rejected);
    }
}
