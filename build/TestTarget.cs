using System.CommandLine;
using System.Globalization;
using LakebaseOps.Build.Packaging;

namespace LakebaseOps.Build;

/// <summary>Target "test": every layer, counted together.</summary>
internal static class TestTarget
{
    // What ships is what is tested, and its build serves the package as well.
    private const string Configuration = "Release";

    /// <summary>What runs on both versions of the server: the tests that say of themselves that a version can differ, and how (EachServerAttribute).</summary>
    private static readonly string[] OnEachServer = ["-trait", "Server=each"];

    /// <summary>Where tests are that LAKEBASEOPS_SOAK lengthens.</summary>
    private static readonly string[] SoakedNamespaces = ["Loading*", "Dumps*", "Indexing*"];

    /// <summary>
    /// Code that hardly runs twice is not worth the counting that a second compilation learns from, memory that was touched is cheaper
    /// than memory that was not, and a thread that spins takes the processor from the server it waits for. That is a tenth to a fifth of
    /// the processor time.
    /// </summary>
    private static readonly Dictionary<string, string> ShortLived = new()
    {
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_GCgen0size"] = "0x400000",
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
    };

    public static Command Command()
    {
        Option<bool> quick = new("--quick") { Description = "Leave out the second run against PostgreSQL 17." };
        Option<double?> soak = new("--soak")
        {
            Description = "Run fault schedules, kills, fuzzing and memory tests of loads, dumps and indexes at full length (hours); with a number that share of it, such as 0.05.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new("test", "Run every test; ends with 'N passed, N failed, N skipped'.") { quick, soak };
        command.SetAction((parsed, cancellationToken) => parsed.GetResult(soak) is null
            ? RunAsync(parsed.GetValue(quick), cancellationToken)
            : SoakAsync(parsed.GetValue(soak) ?? 1, cancellationToken));
        return command;
    }

    /// <summary>The tests with long versions, with LAKEBASEOPS_SOAK set, which lengthens them; each says on the console how far it is.</summary>
    private static async Task<int> SoakAsync(double share, CancellationToken cancellationToken)
    {
        Dictionary<string, string> environment = new(await ServerBinaries.EnvironmentAsync(cancellationToken))
        {
            ["LAKEBASEOPS_SOAK"] = share.ToString(CultureInfo.InvariantCulture),
        };
        TestCounts counts = new();
        counts.Add("soak", await Tool.BuildAsync(analyze: true, cancellationToken, "LakebaseOps.sln") != 0
            ? new TestCount(0, 1, 0)
            : await XunitAsync(
                "LakebaseOps.Tests", "soak", environment, cancellationToken,
                [.. SoakedNamespaces.SelectMany(capability => new[] { "-namespace", $"LakebaseOps.Tests.{capability}" })]));
        return counts.Finish();
    }

    private static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> server = await ServerBinaries.EnvironmentAsync(cancellationToken);
        // Before everything else: what is copied from one version to the next finds it there.
        IReadOnlyDictionary<string, string>? newer = quick ? null : await FetchAsync(cancellationToken);
        TestCounts counts = new();
        if (await Tool.BuildAsync(analyze: true, cancellationToken, "LakebaseOps.sln") != 0)
        {
            counts.Add("build", new TestCount(0, 1, 0));
        }
        else
        {
            counts.Add("engine", await XunitAsync("LakebaseOps.Tests", "engine", ForEngine(server), cancellationToken));
            if (!quick)
                counts.Add("engine on PostgreSQL 17", newer is null ? new TestCount(0, 0, 1) : await XunitAsync("LakebaseOps.Tests", "engine-17", ForEngine(newer), cancellationToken, OnEachServer));
            counts.Add("package", new TestCount(0, await PackageTarget.RunAsync(cancellationToken) == 0 ? 0 : 1, 0));
            counts.Add("cmdlets", await XunitAsync("LakebaseOps.PowerShell.Tests", "cmdlets", ForTests(server), cancellationToken));
            counts.Add("Pester", await Acceptance.RunAsync(ForTests(server), cancellationToken));
        }

        return counts.Finish();
    }

    private static async Task<IReadOnlyDictionary<string, string>?> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ServerBinaries.PackagedAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Loud.Write($"THE ENGINE WILL NOT BE TESTED ON POSTGRESQL 17: {exception.Message}");
            return null;
        }
    }

    private static Dictionary<string, string> ForTests(IReadOnlyDictionary<string, string> server) => new([.. ShortLived, .. server]);

    private static Dictionary<string, string> ForEngine(IReadOnlyDictionary<string, string> server) => new([.. TestDisk.Environment(), .. ForTests(server)]);

    private static async Task<TestCount> XunitAsync(
        string project, string label, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] filter)
    {
        string results = Repository.At("artifacts", "tests", $"{label}.xml");
        Directory.CreateDirectory(Path.GetDirectoryName(results)!);
        File.Delete(results);
        // Most tests wait for servers and processes, so more of them than processors may run at once.
        int exit = await Tool.RunAsync(
            Tool.Built(project, Configuration),
            ["-noLogo", "-noColor", "-maxThreads", "2.0x", "-xml", results, .. filter],
            cancellationToken,
            environment);
        return TestCounts.ReadXunit(results, exit);
    }
}
