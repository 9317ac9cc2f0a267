using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Proves that a stage table holds exactly the rows that were sent: reads all of it back and compares the sums of the rows' hashes.</summary>
internal sealed class ContentProof(LoadPlan plan, LoadConnections connections)
{
    private const int PartPages = 16 * 1024;

    /// <summary>Refuses a load that could not be proved, before it begins.</summary>
    /// <exception cref="LakebaseException">LoadNotPossible.</exception>
    public static void Check(LoadPlan plan)
    {
        string? reason = plan.Mode != BulkLoadMode.Replace ? "other rows are in the table as well"
            : ReadBack.Altered(plan.Source.Columns) is { } column ? $"the server stores column {column.Name} ({column.Type}) in a form of its own"
            : null;
        if (reason is not null)
        {
            throw new LakebaseError(ErrorIds.LoadNotPossible, LakebaseErrorKind.InvalidArgument,
                $"The content of {plan.Table} cannot be compared with what is sent: {reason}.")
            { Target = plan.Table.ToString(), Remedy = "Load with -Proof Count." }.ToException();
        }
    }

    /// <summary>Compares.</summary>
    /// <exception cref="LakebaseException">LoadNotVerified.</exception>
    public async Task RunAsync(LoadTotals totals, CancellationToken cancellationToken)
    {
        if (totals.TextChunks + totals.MixedChunks > 0)
        {
            throw Unproved(
                $"The content cannot be compared: values of {totals.TextChunks + totals.MixedChunks} of {totals.Chunks} chunks were read by the server from text.",
                "The same call with -Proof Count goes on without loading again.");
        }

        long pages = await PagesAsync(cancellationToken).ConfigureAwait(false);
        long next = 0;
        (long Rows, UInt128 Sum)[] sums = await Task.WhenAll(Enumerable.Range(0, plan.Streams).Select(_ => Task.Run(ReadAsync, cancellationToken)))
            .ConfigureAwait(false);
        (long rows, UInt128 sum) = sums.Aggregate((Rows: 0L, Sum: UInt128.Zero), (all, one) => (all.Rows + one.Rows, unchecked(all.Sum + one.Sum)));
        if ((rows, sum) != (totals.Rows, totals.Hash))
        {
            throw Unproved(
                $"Sent were {totals.Rows:N0} rows with content {totals.HashText}, and read back {rows:N0} rows with content {sum:x32}; nothing was swapped.",
                "Somebody else has written to the stage table, or its storage is at fault: load with -Restart.");
        }

        async Task<(long Rows, UInt128 Sum)> ReadAsync()
        {
            string[] columns = [.. plan.Source.Columns.Select(column => column.Name)];
            (long Rows, UInt128 Sum) all = default;
            NpgsqlConnection? connection = null;
            for (int attempt = 0; ;)
            {
                long from = Interlocked.Add(ref next, PartPages) - PartPages;
                if (from >= pages)
                    break;
                while (true)
                {
                    try
                    {
                        connection ??= await connections.RentAsync(cancellationToken).ConfigureAwait(false);
                        // The last part has no end: nothing behind it may go unread.
                        long to = from + PartPages >= pages ? uint.MaxValue - 1L : from + PartPages;
                        (long some, UInt128 part) = await ContentReader.ReadPagesAsync(connection, plan.Stage, columns, from, to, cancellationToken).ConfigureAwait(false);
                        all = (all.Rows + some, unchecked(all.Sum + part));
                        attempt = 0;
                        break;
                    }
                    catch (Exception exception) when (Transient.Is(exception))
                    {
                        await connection!.DisposeAsync().ConfigureAwait(false);
                        connection = null;
                        if (!await Transient.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false))
                            throw;
                    }
                }
            }

            if (connection is not null)
                connections.Return(connection);
            return all;
        }
    }

    private async Task<long> PagesAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await connections.RentAsync(cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand command = new(
            "SELECT pg_relation_size($1::regclass) / current_setting('block_size')::bigint", connection)
        {
            Parameters = { new() { Value = plan.Stage.ToSql() } },
        };
        long pages = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        connections.Return(connection);
        return pages;
    }

    private LakebaseException Unproved(string reason, string remedy) =>
        new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification, $"{plan.Table} was not swapped. {reason}")
        { Target = plan.Table.ToString(), Remedy = remedy }.ToException();
}
