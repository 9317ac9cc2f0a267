using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Tests.Loading.Faults;
using Npgsql;

namespace LakebaseOps.Tests.Indexing;

/// <summary>
/// Builds that die at random moments: a dozen in the suite, 200 in a soak. Whatever was killed, the same command ends with exactly the
/// wanted indexes, and what was valid is not built again. LAKEBASEOPS_SEED sets the first seed.
/// </summary>
public sealed class KillTests(FaultServer own) : IClassFixture<FaultServer>
{
    private static readonly int Rows = Soak.Cases(20_000, 60_000);
    private const int MostRuns = 8;

    private static readonly TableName Table = new("public", "t");

    // An exclusion of what "t" has from the beginning: it is valid and has to stay what it is.
    private static readonly IndexDefinition[] Wanted =
    [
        new() { Name = "t_pkey", Keys = ["id"], IsPrimary = true, IsUnique = true },
        new() { Name = "t_kept", Keys = ["n"] },
        new() { Name = "t_key", Keys = ["v"], IsUnique = true },
        new() { Name = "t_wide", Keys = ["v"], Include = ["n", "id"] },
    ];

    private readonly List<string> _played = [];
    private ConnectionOptions _options = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private enum Killer
    {
        Backend,
        Server,
        Process,
        Cancellation,
    }

    [Fact]
    public async Task Whatever_dies_the_wanted_indexes_stand_in_the_end()
    {
        int first = int.TryParse(Environment.GetEnvironmentVariable("LAKEBASEOPS_SEED"), out int seed) ? seed : 1;
        int count = Soak.Cases(12, 200);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("lakebaseops-kills-");
        _options = await own.StartAsync(Cancel);
        int killed = 0;
        // It looks on, and a connection that it kept would die with the others.
        NpgsqlConnectionStringBuilder unpooled = new(_options.ConnectionString) { Pooling = false };
        await using PostgresSession session = await SessionFactory.ConnectAsync(_options with { ConnectionString = unpooled.ConnectionString }, Cancel);
        try
        {
            await ExecuteAsync(session, $"CREATE TABLE t (id bigint, v text, n int); INSERT INTO t SELECT g, md5(g::text), g % 100 FROM generate_series(1, {Rows}) g");
            // The first build also compiles.
            await TimeAsync(session);
            TimeSpan whole = await TimeAsync(session);
            for (int at = first; at < first + count; at++)
                killed += await PlayAsync(at, session, whole, folder.FullName) ? 1 : 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{killed} of {count} builds died.\n{string.Join('\n', _played)}");
        // Some moments come after the end of a build.
        Assert.True(killed >= count / 3, $"Only {killed} of {count} builds died.\n{string.Join('\n', _played)}");
    }

    private async Task<bool> PlayAsync(int seed, PostgresSession session, TimeSpan whole, string folder)
    {
        Random random = new(unchecked(seed * (int)2_654_435_761));
        Killer killer = (Killer)(seed % 4);
        TimeSpan moment = whole * random.NextDouble();
        bool offline = random.Next(4) == 0;
        bool invalid = random.Next(3) == 0;
        await ResetAsync(session, invalid);
        uint kept = await ScalarAsync<uint>(session, "SELECT 't_kept'::regclass::oid");
        BuildIndexOptions options = new() { Definition = [new TableDefinition { Name = Table, Indexes = Wanted }], Offline = offline };
        bool died = killer == Killer.Process
            ? await KillProcessAsync(session, moment, folder)
            : await KillBuildAsync(session, options, killer, moment);
        string schedule = FormattableString.Invariant(
            $"seed {seed}: {killer} after {moment.TotalMilliseconds:F0} of {whole.TotalMilliseconds:F0} ms{(offline ? ", offline" : "")}{(invalid ? ", invalid key" : "")}: {(died ? "died" : "was done")}");
        _played.Add(schedule);
        Soak.Say(schedule);

        string before = await ScalarAsync<string>(session, "SELECT coalesce(string_agg(indexrelid::text, ','), '') FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid");
        await ConvergeAsync(session, options, schedule);
        Assert.True(await ScalarAsync<string>(session,
            "SELECT string_agg(indexrelid::regclass::text, ',' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid AND indisready AND indislive")
            is "t_kept,t_key,t_pkey,t_wide", schedule);
        Assert.Equal((schedule, 0L), (schedule, await ScalarAsync<long>(session, "SELECT count(*) FROM pg_index WHERE NOT indisvalid")));
        Assert.Equal((schedule, "t_pkey"), (schedule, await ScalarAsync<string>(session, "SELECT string_agg(conname, ',') FROM pg_constraint WHERE conrelid = 't'::regclass AND contype <> 'n'")));
        Assert.Equal((schedule, kept), (schedule, await ScalarAsync<uint>(session, "SELECT 't_kept'::regclass::oid")));
        // What a killed run had finished was not built again.
        Assert.True(before.Length == 0 || await ScalarAsync<bool>(session,
            $"SELECT count(*) = {before.Split(',').Length} FROM pg_index WHERE indexrelid IN ({before})"), schedule);
        Assert.Equal((schedule, ""), (schedule, await ScalarAsync<string>(session,
            "SELECT coalesce(string_agg(relname, ','), '') FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'lakebase_ops') "
            + "AND relname NOT IN ('t', 't_kept', 't_key', 't_pkey', 't_wide')")));
        Assert.Equal((schedule, (long)Rows), (schedule, await ScalarAsync<long>(session, "SELECT count(*) FROM t")));
        return died;
    }

    /// <summary>Runs the same command until it has nothing to say against it: a backend whose client died may go on building.</summary>
    private async Task ConvergeAsync(PostgresSession session, BuildIndexOptions options, string schedule)
    {
        List<LakebaseError> errors = [];
        for (int run = 1; run <= MostRuns; run++)
        {
            await using PostgresSession builder = await SessionFactory.ConnectAsync(_options, Cancel);
            RecordingSink sink = await RecordingSink.RunAsync(new BuildIndexOperation(builder, options), Cancel);
            if (sink.Errors.Count == 0)
                return;
            Assert.All(sink.Errors, error => Assert.True(error.Kind == LakebaseErrorKind.Busy, $"{schedule}: {error.Message}"));
            errors.AddRange(sink.Errors);
            while (await ScalarAsync<bool>(session, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND state = 'active')"))
                await Task.Delay(5, Cancel);
        }

        Assert.Fail($"{schedule}: {MostRuns} runs did not do.\n{string.Join('\n', errors.Select(error => error.Message))}");
    }

    private async Task<bool> KillBuildAsync(PostgresSession session, BuildIndexOptions options, Killer killer, TimeSpan moment)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        RecordingSink sink = new();
        await using PostgresSession builder = await SessionFactory.ConnectAsync(_options, Cancel);
        Task build = Task.Run(() => new BuildIndexOperation(builder, options).RunAsync(sink, stop.Token), Cancel);
        await Task.WhenAny(build, Task.Delay(moment, Cancel));
        if (killer == Killer.Server)
            await own.CrashAsync(moves: false);
        else if (killer == Killer.Cancellation)
            await stop.CancelAsync();
        else
            await ExecuteAsync(session, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'parallel worker')");
        Exception? failure = await Record.ExceptionAsync(() => build);
        Assert.True(failure is null or LakebaseException or OperationCanceledException or NpgsqlException, failure?.ToString());
        return failure is not null || sink.Errors.Count > 0;
    }

    private static async Task<bool> KillProcessAsync(PostgresSession session, TimeSpan moment, string folder)
    {
        NpgsqlConnectionStringBuilder settings = new(session.Options.ConnectionString)
        {
            Host = session.Host, Port = session.Port, Database = session.Database, SslMode = SslMode.Disable,
            Password = session.Options.Secret is { } secret ? new System.Net.NetworkCredential("", secret).Password : null,
        };
        using RunnerProcess process = RunnerProcess.Start(
            "Build-LakebaseIndex", new() { ["Table"] = "t", ["Columns"] = "id", ["PrimaryKey"] = true, ["Name"] = "t_pkey" }, settings.ConnectionString, folder);
        // It takes its time to start; the moment counts from when it builds, and a third of the time is the primary key's.
        while (!process.HasExited && !await ScalarAsync<bool>(session, "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid())"))
            await Task.Delay(1, Cancel);
        await Task.Delay(moment / 3, Cancel);
        bool died = !process.HasExited;
        process.Kill();
        await process.EndAsync(Cancel);
        return died;
    }

    private static async Task ResetAsync(PostgresSession session, bool invalid)
    {
        await ExecuteAsync(session,
            "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t ALTER id DROP NOT NULL; DROP INDEX IF EXISTS t_pkey, t_key, t_wide; "
            + "CREATE INDEX IF NOT EXISTS t_kept ON t (n)");
        if (invalid)
            await ExecuteAsync(session, "ALTER TABLE t ADD PRIMARY KEY (id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_pkey'::regclass");
    }

    private static async Task<TimeSpan> TimeAsync(PostgresSession session)
    {
        await ResetAsync(session, invalid: false);
        BuildIndexOperation build = new(session, new BuildIndexOptions { Definition = [new TableDefinition { Name = Table, Indexes = Wanted }] });
        long started = Stopwatch.GetTimestamp();
        Assert.Empty((await RecordingSink.RunAsync(build, Cancel)).Errors);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task ExecuteAsync(PostgresSession session, string sql)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<T> ScalarAsync<T>(PostgresSession session, string sql)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
