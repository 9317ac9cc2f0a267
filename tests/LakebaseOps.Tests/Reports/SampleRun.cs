namespace LakebaseOps.Tests.Reports;

/// <summary>A made-up run, plainly synthetic: the shapes of a real one, figures from a fixed recurrence, no clock.</summary>
internal static class SampleRun
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Four modes on each distribution, thirty tables, every kind of result.</summary>
    public static RunRecord Full(int distributions = 3, int tables = 30, int requests = 20_000) => new()
    {
        Id = "synthetic-0001",
        Name = "Synthetic fraud features",
        ToolVersion = "0.1.0",
        StartedAt = Start,
        FinishedAt = Start.AddMinutes(6.5),
        Status = "Passed",
        Client = new ClientEnvironment
        {
            OperatingSystem = "Made-up OS 1.0", Runtime = ".NET 10.0.1", Processors = 2, MemoryBytes = 25_769_803_776, Host = "Runner",
        },
        Server = new ServerEnvironment
        {
            Version = "PostgreSQL 17.5 (synthetic)", Host = "127.0.0.1", Database = "features", StartedAt = Start.AddHours(-1),
            Settings = new Dictionary<string, string>
            {
                ["shared_buffers"] = "2GB", ["max_wal_size"] = "8GB", ["jit"] = "off", ["plan_cache_mode"] = "auto",
            },
        },
        Steps =
        [
            Step("schema", "Initialize-LakebaseSchema", 0, 2), Step("load", "Invoke-LakebaseBulkLoad", 2, 130),
            Step("verify", "Test-LakebaseTable", 132, 9), Step("warm", "Initialize-LakebaseCache", 141, 12),
            Step("measure", "Measure-LakebaseFeatureLatency", 153, 230),
        ],
        Tables = [.. Names(tables).Select((name, at) => new TableFacts(name, Rows(at), Rows(at) * 182, Rows(at) * 96))],
        Loads = [.. Names(tables).Select(Load)],
        Indexes = [.. Names(tables).Select(Index)],
        Checks = [.. Names(tables).SelectMany(Checks)],
        Caches = [.. Names(tables).SelectMany(Caches)],
        Latencies =
        [
            .. new[] { "Uniform", "Zipf(0.99)", "HotCold(0.8/0.01)" }.Take(distributions)
                .SelectMany((keys, at) => Enum.GetValues<FeatureMode>().Take(4).Select(mode => SampleCell.Create(mode, keys, at, requests))),
        ],
    };

    /// <summary>Nothing but an id.</summary>
    public static RunRecord Empty() => new() { Id = "empty-0001" };

    public static IEnumerable<string> Names(int count)
    {
        string[] entities = ["card_fingerprint", "customer_email_clean", "cardholder_name_clean"];
        string[] families = ["fraud_rates", "time_since", "good_rates", "tesseract_velocities"];
        string[] windows = ["30d", "90d", "365d"];
        return entities
            .SelectMany(entity => families.SelectMany(family => windows.Select(window => $"public.client_id_{entity}__{family}__{window}")))
            .Where(name => !name.Contains("tesseract", StringComparison.Ordinal) || name.Contains("cardholder", StringComparison.Ordinal))
            .Take(count);
    }

    private static long Rows(int table) => 20_000 + (table * 7919 % 13 * 24_000);

    private static WorkflowStepResult Step(string name, string command, double from, double seconds) => new()
    {
        Name = name, Command = command, Status = "Passed", StartedAt = Start.AddSeconds(from), Duration = TimeSpan.FromSeconds(seconds),
    };

    private static BulkLoadResult Load(string name, int at)
    {
        DateTimeOffset from = Start.AddSeconds(2 + (at / 2 * 8.4) + (at % 2 * 1.3));
        List<PhaseDuration> phases = [];
        double begin = 0;
        foreach ((string phase, double seconds) in new[] { ("Stage", 0.2), ("Load", 1.5 + (Rows(at) / 90_000.0)), ("Index", 0.6 + (Rows(at) / 200_000.0)), ("Freeze", 0.5), ("Swap", 0.1) })
        {
            phases.Add(new PhaseDuration(phase, from.AddSeconds(begin), TimeSpan.FromSeconds(seconds)));
            begin += seconds;
        }

        return new BulkLoadResult
        {
            Table = name, Session = "demo", Status = at == 4 ? "AlreadyLoaded" : "Loaded", Rows = Rows(at), InputBytes = Rows(at) * 210, Chunks = 12,
            ResumedChunks = at == 7 ? 5 : 0, Streams = 2, ContentHash = $"{at:x2}5f2c9a017be4d83e", WalBytes = Rows(at) * 12, Phases = phases, StartedAt = from,
            Duration = TimeSpan.FromSeconds(begin), RowsPerSecond = Rows(at) / phases[1].Duration.TotalSeconds,
        };
    }

    private static IndexBuildResult Index(string name, int at) => new()
    {
        Table = name, Index = $"{name["public.".Length..]}_pkey", Status = "Built", SizeBytes = Rows(at) * 96, StartedAt = Start.AddSeconds(4 + at),
        Duration = TimeSpan.FromSeconds(0.6 + (Rows(at) / 200_000.0)), Workers = 1, MemoryBytes = 268_435_456,
    };

    private static IEnumerable<TableCheck> Checks(string name, int at)
    {
        foreach (string check in new[] { "Exists", "RowCount", "PrimaryKey", "IndexValid", "NoDuplicates", "NotNull", "Frozen", "Analyzed", "ContentHash" })
        {
            CheckStatus status = (check, at) switch
            {
                ("Frozen", 11) => CheckStatus.Warning,
                ("ContentHash", 4) => CheckStatus.Skipped,
                _ => CheckStatus.Passed,
            };
            yield return new TableCheck
            {
                Table = name, Check = check, Status = status,
                Expected = check == "RowCount" ? $"{Rows(at)}" : "yes",
                Actual = status switch { CheckStatus.Skipped => "the load was done by an earlier run", CheckStatus.Warning => "3 pages not all-visible", _ => check == "RowCount" ? $"{Rows(at)}" : "yes" },
                Remedy = status == CheckStatus.Warning ? "VACUUM (FREEZE) the table." : "",
            };
        }
    }

    private static IEnumerable<CacheState> Caches(string name, int at)
    {
        foreach (bool heap in new[] { true, false })
        {
            long size = Rows(at) * (heap ? 182 : 96);
            yield return new CacheState
            {
                Table = name, Relation = heap ? name : $"{name}_pkey", Kind = heap ? "Heap" : "Index", SizeBytes = size,
                CachedBytes = at == 9 ? null : (long)(size * (heap ? 0.93 : 1)), CachedBytesBefore = at == 9 ? null : (long)(size * (at % 5) * 0.11),
                Evidence = at == 9 ? "extension pg_buffercache is missing" : "pg_buffercache", WarmedBy = "pg_prewarm", Duration = TimeSpan.FromMilliseconds(40 + at),
            };
        }
    }
}
