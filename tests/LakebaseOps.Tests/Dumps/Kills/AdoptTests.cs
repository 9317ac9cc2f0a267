using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Tests.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>Copies that go on in another snapshot, of a source that has grown meanwhile.</summary>
public sealed class AdoptTests(PostgresServer server) : RestoreTest(server)
{
    private static readonly RestoreLimits Pieces = new() { WholeBytes = 0, SmallBytes = 0, ChunkBytes = 100_000 };

    [Fact]
    public async Task A_table_that_was_complete_is_not_doubled_where_it_would_come_in_more_pieces_by_now()
    {
        await ExecuteAsync(
            """
            CREATE FUNCTION works() RETURNS boolean LANGUAGE sql AS $$SELECT current_setting('test.broken', true) IS DISTINCT FROM 'on'$$;
            CREATE TABLE large (id int PRIMARY KEY, t text); INSERT INTO large SELECT g, md5(g::text) FROM generate_series(1, 5000) g;
            CREATE TABLE small (id int CHECK (works())); INSERT INTO small VALUES (1)
            """);
        await TargetAsync($"ALTER DATABASE {TableName.Quote(Target.Database)} SET test.broken = 'on'");
        await Assert.ThrowsAnyAsync<Exception>(() => CopyAsync(allowInconsistent: false));
        await TargetAsync($"ALTER DATABASE {TableName.Quote(Target.Database)} RESET test.broken");
        await ExecuteAsync("INSERT INTO large SELECT g, md5(g::text) FROM generate_series(5001, 20000) g; INSERT INTO small VALUES (2)");
        RestoreResult result = await CopyAsync(allowInconsistent: true);
        Assert.Equal((false, 5_002L), (result.IsConsistent, result.Rows));
        Assert.Equal((5_000L, 2L), (await TargetAsync<long>("SELECT count(*) FROM large"), await TargetAsync<long>("SELECT count(*) FROM small")));
    }

    private async Task<RestoreResult> CopyAsync(bool allowInconsistent)
    {
        // One after the other, the largest first.
        CopyDatabaseOptions options = new() { ThrottleLimit = 1, AllowInconsistent = allowInconsistent };
        RecordingSink sink = await RecordingSink.RunAsync(new CopyDatabaseOperation(Session, options) { Source = Target, Limits = Pieces }, Cancel);
        return Assert.Single(sink.Of<RestoreResult>());
    }
}
