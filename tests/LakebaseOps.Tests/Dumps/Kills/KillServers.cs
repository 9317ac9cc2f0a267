using LakebaseOps.Connections;
using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Operations;
using LakebaseOps.Tests.Loading.Faults;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>Two servers that may be killed, a database to carry, and what carrying it undisturbed comes to.</summary>
public sealed class KillServers : IAsyncLifetime
{
    // A sequence that has been used jumps ahead when its server crashes; one that was set does not.
    private const string Sql =
        """
        CREATE SCHEMA kill; CREATE SCHEMA "Kill, too";
        CREATE TYPE kill.state AS ENUM ('new', 'paid');
        CREATE FUNCTION kill.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
        CREATE FUNCTION kill.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE SEQUENCE kill.numbers START WITH 7;
        CREATE TABLE kill.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, states kill.state[]);
        CREATE TABLE kill.orders (id bigint PRIMARY KEY DEFAULT nextval('kill.numbers'), customer bigint NOT NULL REFERENCES kill.customers,
            state kill.state NOT NULL, total numeric CHECK (total > 0), doubled numeric GENERATED ALWAYS AS (total * 2) STORED, note text, UNIQUE (note) DEFERRABLE);
        CREATE TABLE kill.nothing ();
        CREATE TABLE kill.days (day date NOT NULL, n int) PARTITION BY RANGE (day);
        CREATE TABLE kill.days_1 PARTITION OF kill.days FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE "Kill, too".docs (id int PRIMARY KEY, body text);
        INSERT INTO kill.customers (name, states) SELECT 'c' || g, ARRAY['new', 'paid']::kill.state[] FROM generate_series(1, 500) g;
        INSERT INTO kill.orders (customer, state, total, note)
            SELECT 1 + g % 500, CASE WHEN g % 2 = 0 THEN 'paid' ELSE 'new' END::kill.state, g, 'n' || g FROM generate_series(1, 10000) g;
        INSERT INTO kill.nothing SELECT FROM generate_series(1, 3);
        INSERT INTO kill.days SELECT '2026-01-01'::date + g % 31, g FROM generate_series(1, 3000) g;
        INSERT INTO "Kill, too".docs SELECT g, (SELECT string_agg(md5((g * 100 + i)::text), '') FROM generate_series(1, 90) i) FROM generate_series(1, 200) g;
        CREATE INDEX orders_half ON kill.orders (kill.half(total));
        CREATE INDEX days_n ON kill.days (n);
        CREATE TRIGGER touch BEFORE UPDATE ON kill.orders FOR EACH ROW EXECUTE FUNCTION kill.touch();
        CREATE VIEW kill.paid AS SELECT id, total FROM kill.orders WHERE state = 'paid';
        CREATE MATERIALIZED VIEW kill.sums AS SELECT customer, sum(total) AS total FROM kill.orders GROUP BY customer;
        COMMENT ON TABLE kill.orders IS 'what is carried';
        GRANT SELECT ON kill.orders TO PUBLIC;
        SELECT setval('kill.numbers', 10006), setval('kill.customers_id_seq', 500);
        VACUUM ANALYZE
        """;

    private readonly Dictionary<(KillCommand, bool AtSource, FaultMoment), long> _passed = [];
    private int _databases;

    /// <summary>Rows of kill.orders at the source.</summary>
    public const long Orders = 10_000;

    /// <summary>Rows of kill.orders as a target has it before.</summary>
    public const long OldOrders = 42;

    /// <summary>The server to take from.</summary>
    internal FaultServer Source { get; } = new();

    /// <summary>The server to bring to.</summary>
    internal FaultServer Target { get; } = new();

    /// <summary>Where files go.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("lakebaseops-kills-").FullName;

    /// <summary>A whole dump of the source.</summary>
    public string Dump => Path.Combine(Folder, "dump");

    /// <summary>The source's rows.</summary>
    public IReadOnlyList<string> Rows { get; private set; } = [];

    /// <summary>What the source consists of, as pg_dump says and as we do.</summary>
    internal (IReadOnlyList<string> Dumped, IReadOnlyList<string> Read) Definition { get; private set; }

    /// <summary>Bytes of a whole dump's files.</summary>
    public long DumpBytes { get; private set; }

    private ConnectionOptions _source = null!;
    private ConnectionOptions _target = null!;

    private static CancellationToken Cancel => CancellationToken.None;

    public async ValueTask InitializeAsync()
    {
        try
        {
            await PrepareAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private async Task PrepareAsync()
    {
        (_source, _target) = (await Source.StartAsync(Cancel), await Target.StartAsync(Cancel));
        await RunAsync(atSource: true, "postgres", "CREATE DATABASE kills");
        foreach (string statement in Sql.Split(";\n"))
            await RunAsync(atSource: true, "kills", statement);
        await using (PostgresSession session = await LookAsync(atSource: true, "kills"))
        {
            Rows = await DatabaseContent.RowsAsync(session, Cancel);
            Definition = await DefineAsync(session);
        }

        await RunAsync(atSource: false, "postgres", "CREATE TABLE pulse (n bigint); INSERT INTO pulse VALUES (0)");
        string database = await CreateTargetAsync();
        await using PostgresSession source = await OpenAsync(atSource: true, "kills");
        await using PostgresSession target = await OpenAsync(atSource: false, database);
        await MeasureAsync(KillCommand.Dump, new ExportDumpOperation(source, Export(Dump)));
        await MeasureAsync(KillCommand.Restore, new ImportDumpOperation(target, new ImportDumpOptions { Path = Dump }));
        await MeasureAsync(KillCommand.Copy, new CopyDatabaseOperation(source, new CopyDatabaseOptions()) { Source = target });
        DumpBytes = Directory.EnumerateFiles(Dump, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
    }

    public async ValueTask DisposeAsync()
    {
        // One that does not end must not keep the other.
        await Task.WhenAll(Source.DisposeAsync().AsTask(), Target.DisposeAsync().AsTask());
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>How much of something passes in an undisturbed call.</summary>
    internal long Passed(KillCommand command, bool atSource, FaultMoment moment) => _passed[(command, atSource, moment)];

    /// <summary>The options that all dumps have.</summary>
    internal static ExportDumpOptions Export(string path) =>
        new() { Path = path, ChunkBytes = 64 * 1024, ThrottleLimit = 2, Compression = DumpCompression.None };

    /// <summary>A database on the target's server that holds something of the names to come.</summary>
    internal async Task<string> CreateTargetAsync()
    {
        string database = $"target_{Interlocked.Increment(ref _databases)}";
        await RunAsync(atSource: false, "postgres", $"CREATE DATABASE {database}");
        await RunAsync(atSource: false, database, $"CREATE SCHEMA kill; CREATE TABLE kill.orders AS SELECT g AS old FROM generate_series(1, {OldOrders}) g");
        return database;
    }

    /// <summary>A session through the door that counts and is shut.</summary>
    internal Task<PostgresSession> OpenAsync(bool atSource, string database) => SessionFactory.ConnectAsync((atSource ? _source : _target) with { Database = database }, Cancel);

    /// <summary>A session past the door, whose connections do not outlive their statement.</summary>
    internal Task<PostgresSession> LookAsync(bool atSource, string database) => SessionFactory.ConnectAsync(
        (atSource ? _source : _target) with { Database = database, Port = Server(atSource).Port, ConnectionString = "Pooling=false" }, Cancel);

    /// <summary>One of the two.</summary>
    internal FaultServer Server(bool atSource) => atSource ? Source : Target;

    /// <summary>A whole connection string through the door, for another process.</summary>
    internal string ConnectionString(bool atSource, string database)
    {
        ConnectionOptions options = atSource ? _source : _target;
        return new NpgsqlConnectionStringBuilder
        {
            Host = options.HostName, Port = options.Port!.Value, Username = options.Username, Database = database, SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable, Password = options.Secret is { } secret ? new System.Net.NetworkCredential("", secret).Password : null,
        }.ConnectionString;
    }

    /// <summary>What the target's server has answered for is on its disk now: a commit that waits does not come before others.</summary>
    internal Task SettleAsync() => RunAsync(atSource: false, "postgres", "SET synchronous_commit = on; UPDATE pulse SET n = n + 1");

    /// <summary>Runs a statement past the door.</summary>
    internal async Task RunAsync(bool atSource, string database, string sql) => await AskAsync<object?>(atSource, database, sql);

    /// <summary>The answer of a query past the door.</summary>
    internal async Task<T> AskAsync<T>(bool atSource, string database, string sql)
    {
        await using NpgsqlConnection connection = new(
            new NpgsqlConnectionStringBuilder(ConnectionString(atSource, database)) { Pooling = false, Port = Server(atSource).Port }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>What a database consists of.</summary>
    internal static async Task<(IReadOnlyList<string> Dumped, IReadOnlyList<string> Read)> DefineAsync(PostgresSession session) =>
        (await DatabaseContent.DefinitionAsync(session, Cancel), await DatabaseContent.StatementsAsync(session, Cancel));

    private async Task MeasureAsync(KillCommand command, Operation operation)
    {
        FaultMoment[] moments = [FaultMoment.Statement, FaultMoment.BytesToClient, FaultMoment.BytesToServer];
        long[] before = [.. moments.Select(Source.Door.Count), .. moments.Select(Target.Door.Count)];
        await RecordingSink.RunAsync(operation, Cancel);
        for (int at = 0; at < before.Length; at++)
        {
            bool atSource = at < moments.Length;
            FaultMoment moment = moments[at % moments.Length];
            _passed[(command, atSource, moment)] = Server(atSource).Door.Count(moment) - before[at];
        }
    }
}
