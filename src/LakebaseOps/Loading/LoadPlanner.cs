using LakebaseOps.Connections;
using LakebaseOps.Loading.Appending;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Merging;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Space;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Loading;

/// <summary>Makes the plans of all tables of one call from the options and the catalog; writes nothing.</summary>
/// <param name="connections">Of the call; what is asked here is watched as everything else is.</param>
/// <param name="options">What is to be loaded.</param>
/// <param name="records">Objects to load; null for anything else.</param>
/// <param name="source">Where a query is asked; null for the target's own session.</param>
internal sealed class LoadPlanner(LoadConnections connections, BulkLoadOptions options, RecordChannel? records, PostgresSession? source = null)
{
    /// <summary>Whether whole files are read to prove what a manifest says of them.</summary>
    public bool ProvesFiles { get; init; }

    private readonly PostgresSession _session = connections.Session;
    private NpgsqlConnection _connection = null!;
    private bool _zoneIsUtc;
    private int _streams;

    /// <summary>One plan for each table, all of them checked.</summary>
    /// <exception cref="LakebaseException">
    /// InvalidArgument, InvalidName, ObjectNotFound, FileNotFound, LoadNotPossible, PooledEndpoint, DataRejected, what DDL refuses.
    /// </exception>
    public async Task<IReadOnlyList<LoadPlan>> PlanAsync(CancellationToken cancellationToken)
    {
        if (_session.Host.Contains("-pooler.", StringComparison.OrdinalIgnoreCase))
        {
            throw new LakebaseError(ErrorIds.PooledEndpoint, LakebaseErrorKind.InvalidArgument,
                $"{_session.Host} is a transaction pooler: locks and settings of a load do not hold there.")
            {
                Target = _session.Host,
                Remedy = $"Connect to {_session.Host.Replace("-pooler.", ".", StringComparison.OrdinalIgnoreCase)} instead.",
            }.ToException();
        }

        return await connections.OnceAsync(PlanAllAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<LoadPlan>> PlanAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        _connection = connection;
        await ReadServerAsync(cancellationToken).ConfigureAwait(false);
        List<LoadPlan> plans = [];
        foreach (LoadTarget target in Targets())
            plans.Add(await PlanAsync(target, cancellationToken).ConfigureAwait(false));
        if (plans.Select(plan => plan.RejectPath).OfType<string>().GroupBy(path => path).FirstOrDefault(group => group.Count() > 1) is { } shared)
            throw Invalid($"The refused rows of {shared.Count()} tables cannot go to one file, {shared.Key}.", "Give an existing folder as -RejectPath.");
        IReadOnlyDictionary<TableName, LedgerEntry> unfinished = await UnfinishedAsync(plans, cancellationToken).ConfigureAwait(false);
        await LoadNames.CheckAsync(_connection, plans, cancellationToken).ConfigureAwait(false);
        return await SpaceCheck.ApplyAsync(
            _session, _connection, plans, unfinished.Values, options.SkipSpaceCheck, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The table was not named.</summary>
    public static LakebaseException Unnamed() => Invalid("The table was not named.", "Give -Table.");

    private IEnumerable<LoadTarget> Targets()
    {
        int sources = (records is null ? 0 : 1) + (options.Path is { Count: > 0 } ? 1 : 0) + (options.Manifest is null ? 0 : 1)
            + (options.Workload is null ? 0 : 1) + (options.Synthetic && options.Workload is null ? 1 : 0)
            + (options.Query is null ? 0 : 1) + (options.SourceTable is null ? 0 : 1);
        if (sources != 1)
        {
            throw Invalid("A load needs exactly one source.",
                "Give files with -Path or -Manifest, or -Synthetic with -Table, or -Workload Fraud, or -Query or -SourceTable, or objects from the pipeline.");
        }

        if (options.Workload is FeatureWorkload.Fraud)
        {
            return FraudWorkload.Tables.Select(table => table.Definition())
                .Where(table => options.Table is null || TableName.Parse(options.Table) == table.Name)
                .Select(table => new LoadTarget(table.Name, [], table));
        }

        IReadOnlyList<TableFiles> files = options.Path is { Count: > 0 } paths ? LoadFiles.ByTable(paths, options.Table)
            : options.Manifest is string manifest ? new LoadManifest(manifest).Read(options.Table)
            : [];
        if (files.Count > 0)
            return files.Select(table => new LoadTarget(table.Table, table.Files, null));
        return options.Table is null
            ? throw Unnamed()
            : [new LoadTarget(TableName.Parse(options.Table), [], null)];
    }

    private async Task<LoadPlan> PlanAsync(LoadTarget target, CancellationToken cancellationToken)
    {
        TableDefinition? live = await TableCatalog.FindAsync(_connection, target.Table, cancellationToken).ConfigureAwait(false);
        TableDefinition shape = live ?? LoadNames.Complete(await DefinedAsync(target, cancellationToken).ConfigureAwait(false));
        uint? oid = null;
        IReadOnlyList<Dependent> dependents = [];
        if (live is not null)
        {
            using NpgsqlCommand find = new("SELECT $1::regclass::oid", _connection) { Parameters = { new() { Value = target.Table.ToSql() } } };
            oid = (uint)(await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            if (options.Mode == BulkLoadMode.Replace)
            {
                await Obstacles.CheckAsync(_connection, target.Table, oid.Value, cancellationToken).ConfigureAwait(false);
                dependents = await Dependent.ListAsync(_connection, oid.Value, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (options.Mode != BulkLoadMode.Replace)
        {
            throw TableCatalog.Missing(_connection, target.Table).ToException();
        }

        RejectPolicy rejects = RejectPolicy.Parse(options.MaxErrors);
        if (rejects.IsTolerant && (options.Query ?? options.SourceTable) is not null)
            throw Invalid("Rows of a query are not looked into on their way, so none can be rejected.", "Leave out -MaxErrors; filter in the query.");
        StageConstraint[] constraints =
        [
            .. shape.Constraints
                .Where(constraint => constraint.Kind == "exclusion"
                    || (constraint.Kind is "unique" or "primary key" && constraint.Definition.Contains("DEFERRABLE", StringComparison.Ordinal)))
                .Select(constraint => new StageConstraint(constraint, LoadNames.StageIndex(target.Table, constraint.Name))),
        ];
        LoadSource source = await SourceAsync(target, shape, cancellationToken).ConfigureAwait(false);
        LoadPlan plan = new()
        {
            Table = target.Table,
            Mode = options.Mode,
            Source = source,
            Dependents = dependents,
            Publications = options.Mode != BulkLoadMode.Replace ? null
                : await Dependent.PublicationsAsync(_connection, target.Table, cancellationToken).ConfigureAwait(false),
            PlannedBytes = SizeEstimate.Of(shape, source),
            IndexStrategy = options.Mode == BulkLoadMode.Replace ? null : await IndexStrategy.DecideAsync(
                _connection, oid!.Value, shape, source.EstimatedRows, options.AppendIndexes, cancellationToken).ConfigureAwait(false),
            Merge = await LoadMerge.CreateAsync(_connection, options, shape, source.Columns, cancellationToken).ConfigureAwait(false),
            Streams = _streams,
            Shape = shape,
            LiveOid = oid,
            Stage = LoadNames.Stage(target.Table),
            Indexes =
            [
                .. shape.Indexes.Where(index => !constraints.Any(constraint => constraint.Name == index.Name))
                    .Select(index => new StageIndex(index, LoadNames.StageIndex(target.Table, index.Name))),
            ],
            Constraints = constraints,
            ZoneIsUtc = _zoneIsUtc,
            Proof = options.Proof,
            Limits = new LoadLimits(options.MaxBytesPerSecond, options.MaxWalLag),
            Rejects = rejects,
            RejectPath = rejects.IsTolerant ? RejectPath(target.Table) : null,
            KeepPrevious = options.KeepPrevious,
            SkipVacuum = options.SkipVacuum,
        };
        if (plan.Proof == LoadProof.Content)
            ContentProof.Check(plan);
        return plan;
    }

    private string RejectPath(TableName table)
    {
        string path = Path.GetFullPath(options.RejectPath ?? ".");
        return Directory.Exists(path) ? Path.Combine(path, $"{table.Schema}.{table.Name}.rejects.csv") : path;
    }

    private async Task<LoadSource> SourceAsync(LoadTarget target, TableDefinition shape, CancellationToken cancellationToken)
    {
        if (records is { IsText: true })
            return await CsvSources.OpenAsync(_connection, target.Table, records, shape, options, _streams, cancellationToken).ConfigureAwait(false);
        if (records is not null)
        {
            return await RecordSource.CreateAsync(
                records,
                names => TypeCatalog.ResolveAsync(_connection, LoadColumns.Match(shape, names, "The first object"), cancellationToken),
                options,
                cancellationToken).ConfigureAwait(false);
        }

        if (options.Query is not null || options.SourceTable is not null)
        {
            SourceQuery query = await SourceQuery.DescribeAsync(
                source ?? _session,
                options,
                names => TypeCatalog.ResolveAsync(_connection, LoadColumns.Match(shape, names, "The query"), cancellationToken),
                shape,
                cancellationToken).ConfigureAwait(false);
            return new QuerySource(query, ChunkSize.OfBytes(options, _streams).Passing, options.ChunkRows ?? int.MaxValue);
        }

        if (target.Files.Count == 0)
        {
            SyntheticOptions synthetic = new() { Rows = options.Rows, Scale = options.Scale, Seed = options.Seed ?? 1 };
            return new SyntheticSource(SyntheticTable.Create(shape, synthetic), synthetic, ChunkSize.OfRows(options, _streams));
        }

        return await CsvSources.OpenAsync(_connection, new TableFiles(target.Table, target.Files), shape, options, ProvesFiles, _streams, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<TableDefinition> DefinedAsync(LoadTarget target, CancellationToken cancellationToken)
    {
        using NpgsqlCommand other = new("SELECT to_regclass($1) IS NOT NULL", _connection) { Parameters = { new() { Value = target.Table.ToSql() } } };
        if ((bool)(await other.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
        {
            throw new LakebaseError(ErrorIds.ObjectExists, LakebaseErrorKind.Exists, $"{target.Table} exists and is no table.")
            { Target = target.Table.ToString(), Remedy = "Load under another name." }.ToException();
        }

        if (options.Ddl is string ddl)
        {
            DdlDocument parsed = await DdlText.ParseAsync(ddl, cancellationToken).ConfigureAwait(false);
            TableDefinition? defined = parsed.Tables.FirstOrDefault(table => table.Name == target.Table);
            if (defined is not null)
                return defined;
        }

        return target.Definition ?? FraudWorkload.Find(target.Table.Name)?.Definition(target.Table.Schema)
            ?? throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound,
                options.Ddl is null ? $"There is no table {target.Table}." : $"There is no table {target.Table}, and -Ddl does not define it.")
            {
                Target = target.Table.ToString(),
                Remedy = "Create it, or give its CREATE TABLE with -Ddl: a file or the text.",
            }.ToException();
    }

    private async Task ReadServerAsync(CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT current_setting('TimeZone'),
                current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                    - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'),
                current_setting('max_worker_processes')::int
            """, _connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            _zoneIsUtc = row.GetString(0) is "UTC" or "Etc/UTC" or "GMT" or "Etc/GMT" or "Etc/UCT" or "UCT" or "Zulu";
            // More streams than processors gain nothing. Of a remote server only its workers are known, which managed ones size alike.
            int processors = SessionFactory.IsLocal(_session.Host) ? Environment.ProcessorCount : Math.Clamp(row.GetInt32(2), 2, 8);
            _streams = options.ThrottleLimit ?? Math.Clamp(processors, 1, Math.Max(1, row.GetInt32(1) / 2));
        }

        if (_streams < 1 || options.ChunkBytes < 1 || options.ChunkRows < 1 || options.MaxBytesPerSecond < 1 || options.MaxWalLag < 1)
        {
            throw Invalid(
                "Streams, chunk sizes, rates and lags must be positive.",
                "Correct -ThrottleLimit, -ChunkBytes, -ChunkRows, -MaxBytesPerSecond or -MaxWalLag, or leave it out.");
        }
    }

    private async Task<IReadOnlyDictionary<TableName, LedgerEntry>> UnfinishedAsync(IReadOnlyList<LoadPlan> plans, CancellationToken cancellationToken)
    {
        Dictionary<TableName, LedgerEntry> unfinished = [];
        if (await LedgerSchema.ExistsAsync(_connection, cancellationToken).ConfigureAwait(false))
        {
            foreach (LoadPlan plan in plans)
            {
                if (await LedgerEntry.FindAsync(_connection, plan.Table, cancellationToken).ConfigureAwait(false) is { IsLoaded: false } entry)
                    unfinished[plan.Table] = entry;
            }
        }

        return unfinished;
    }

    private static LakebaseException Invalid(string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Remedy = remedy }.ToException();

    private sealed record LoadTarget(TableName Table, IReadOnlyList<LoadFile> Files, TableDefinition? Definition);
}
