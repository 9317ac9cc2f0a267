using System.Text;
using LakebaseOps.Loading.Csv;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Fuzz;

/// <summary>The server is the oracle: the same bytes give the same rows as its own COPY, or the same refusal.</summary>
public sealed class CsvFuzzTests(PostgresServer server) : LoadTest(server)
{
    private static readonly int Cases = Soak.Cases(suite: 10_000, soak: 1_000_000);

    [Fact]
    public async Task Any_bytes_in_any_dialect_give_the_rows_or_the_refusal_of_the_server()
    {
        const int Batch = 2_000;
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        for (int columns = 1; columns <= 4; columns++)
        {
            string names = string.Join(", ", Enumerable.Range(1, columns).Select(column => $"c{column} text"));
            await ExecuteAsync(connection, $"CREATE TEMP TABLE f{columns} ({names}, x xid8 DEFAULT pg_current_xact_id(), n serial)");
        }

        for (int first = 0; first < Cases; first += Batch)
        {
            if (first % 100_000 == 0)
                Soak.Say($"{first} of {Cases} CSV cases");
            List<string>[] ours = [[], [], [], [], []];
            for (int number = first; number < Math.Min(first + Batch, Cases); number++)
            {
                CsvCase random = CsvCase.Make(number);
                string? refusal = Copy(connection, random);
                (List<string?[]> rows, string? state) = random.Read(chunkBytes: 1 + (number % 37));
                Assert.True(refusal == state || (refusal is null && random.HasOpenHeader), $"Case {number}: the server {refusal ?? "takes"}, we {state ?? "take"} {random}");
                if (state is null && rows.Count > 0)
                    ours[random.Columns].Add($"case {number}: {string.Join(" / ", rows.Select(row => string.Join('|', row.Select(field => field is null ? "NULL" : $"<{field}>"))))}");
            }

            for (int columns = 1; columns <= 4; columns++)
            {
                List<string> theirs = await TakeAsync(connection, columns);
                Assert.Equal(theirs.Count, ours[columns].Count);
                for (int i = 0; i < theirs.Count; i++)
                {
                    string own = ours[columns][i];
                    Assert.True(own[(own.IndexOf(':', StringComparison.Ordinal) + 2)..] == theirs[i], $"{own}\nserver: {theirs[i]}");
                }
            }
        }
    }

    [Fact]
    public async Task A_whole_load_of_any_bytes_does_what_the_server_does()
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        int cases = Soak.Cases(suite: 12, soak: 2_000);
        for (int number = 0; number < cases; number++)
        {
            CsvCase random = CsvCase.Make(5_000_000 + number);
            string names = string.Join(", ", Enumerable.Range(1, random.Columns).Select(column => $"c{column} text"));
            await ExecuteAsync(connection, $"CREATE TABLE f{random.Columns} ({names}); CREATE TABLE ours{number} ({names})");
            string? refusal = Copy(connection, random);
            string file = Path.Combine(Folder, $"{number}.csv");
            await File.WriteAllBytesAsync(file, random.Bytes, Cancel);
            // Of several faults in parts that go side by side, any may be met first; the server names the first of all.
            BulkLoadOptions options = random.Load($"ours{number}", file) with
            {
                ChunkBytes = 1 + (number % 50),
                ThrottleLimit = refusal is null ? 2 : 1,
            };
            if (refusal is not null || random.HasOpenHeader)
            {
                LakebaseError error = await RefusedAsync(options);
                Assert.True((error.Id, error.SqlState) == (ErrorIds.DataRejected, refusal ?? "22P04"), $"Case {number}: {error.Message} {random}");
                Assert.Equal([], await RowsAsync($"ours{number}"));
            }
            else
            {
                await LoadAsync(options);
                Assert.Equal(await RowsAsync($"f{random.Columns}"), await RowsAsync($"ours{number}"));
            }

            await ExecuteAsync(connection, $"DROP TABLE f{random.Columns}");
        }
    }

    [Fact]
    public void Wherever_bytes_are_cut_the_records_are_the_same()
    {
        for (int number = 0; number < Cases / 10; number++)
        {
            CsvCase random = CsvCase.Make(-1 - number);
            byte[] data = random.Unmarked.ToArray();
            CsvScanner.FirstEnd(data, random.Dialect, isAll: true, out LineEnd lineEnd);
            int[] ends = random.Ends(data, lineEnd);
            (List<string?[]> whole, string? state) = random.Read(int.MaxValue / 2);
            foreach (int size in new[] { 1, 2, 1 + (number % 50) })
            {
                (List<string?[]> cut, string? cutState) = random.Read(size);
                Assert.True(state == cutState && whole.Count == cut.Count && whole.Zip(cut).All(pair => pair.First.SequenceEqual(pair.Second)), $"Chunks of {size}: {random}");
                int[] cuts = [.. random.Cuts(data, 0, lineEnd, size)];
                Assert.Equal(data.Length, cuts.LastOrDefault());
                Assert.Empty(cuts.Except(ends));
                Assert.True(ends.SequenceEqual(random.Scan(data, lineEnd, size)), $"Scanned {size} at a time: {random}");
            }
        }
    }

    /// <summary>Sends the bytes to the server; the SQLSTATE when it refuses them.</summary>
    private static string? Copy(NpgsqlConnection connection, CsvCase random)
    {
        string names = string.Join(", ", Enumerable.Range(1, random.Columns).Select(column => $"c{column}"));
        try
        {
            using NpgsqlCopyTextWriter writer = connection.BeginTextImport($"COPY f{random.Columns} ({names}) FROM STDIN ({random.Options()})");
            writer.BaseStream.Write(random.Unmarked);
            return null;
        }
        catch (PostgresException exception)
        {
            return exception.SqlState;
        }
    }

    /// <summary>The rows of each COPY since the last call that had any.</summary>
    private async Task<List<string>> TakeAsync(NpgsqlConnection connection, int columns)
    {
        string fields = string.Join(" || '|' || ", Enumerable.Range(1, columns).Select(column => $"coalesce('<' || c{column} || '>', 'NULL')"));
        List<string> copies = [];
        await using (NpgsqlCommand command = new($"SELECT string_agg({fields}, ' / ' ORDER BY n) FROM f{columns} GROUP BY x ORDER BY x", connection))
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancel);
            while (await reader.ReadAsync(Cancel))
                copies.Add(reader.GetString(0));
        }

        await ExecuteAsync(connection, $"TRUNCATE f{columns}");
        return copies;
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
