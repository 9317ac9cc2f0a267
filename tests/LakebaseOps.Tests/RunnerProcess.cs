using System.Diagnostics;
using System.Text.Json;

namespace LakebaseOps.Tests;

/// <summary>A command in a process of its own: the Runner, which can be killed.</summary>
internal sealed class RunnerProcess : IDisposable
{
    private const string Variable = "LAKEBASE_FAULT_TEST";
    private const string OtherVariable = "LAKEBASE_FAULT_TEST_OTHER";
    private static int _number;

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private RunnerProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts a load.</summary>
    /// <param name="options">What to load; those that are set go into a workflow.</param>
    /// <param name="connection">A whole connection string.</param>
    /// <param name="folder">Where its files go.</param>
    public static RunnerProcess StartLoad(BulkLoadOptions options, string connection, string folder) =>
        Start("Invoke-LakebaseBulkLoad", new Dictionary<string, object?>
        {
            ["Table"] = options.Table,
            ["Path"] = options.Path,
            ["Synthetic"] = options.Synthetic ? true : null,
            ["Rows"] = options.Rows,
            ["Seed"] = options.Seed,
            ["Mode"] = options.Mode.ToString(),
            ["ChunkBytes"] = options.ChunkBytes,
            ["ChunkRows"] = options.ChunkRows,
            ["ThrottleLimit"] = options.ThrottleLimit,
            ["SkipVacuum"] = options.SkipVacuum ? true : null,
        }, connection, folder);

    /// <summary>Starts a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="parameters">Its parameters; those that are null are left out.</param>
    /// <param name="connection">A whole connection string.</param>
    /// <param name="folder">Where its files go.</param>
    /// <param name="other">A whole connection string of a second session, which the parameters call "other".</param>
    /// <param name="environment">Variables that it has besides those of this process.</param>
    public static RunnerProcess Start(
        string command, Dictionary<string, object?> parameters, string connection, string folder, string? other = null,
        Dictionary<string, string?>? environment = null)
    {
        string name = Path.Combine(folder, $"runner{Interlocked.Increment(ref _number)}");
        File.WriteAllText($"{name}.json", JsonSerializer.Serialize(new
        {
            session = new { env = Variable },
            sessions = other is null ? [] : new Dictionary<string, object> { ["other"] = new { env = OtherVariable } },
            steps = new[]
            {
                new
                {
                    name = "step",
                    command,
                    parameters = parameters.Where(pair => pair.Value is not null).ToDictionary(),
                },
            },
        }));
        DirectoryInfo own = new(AppContext.BaseDirectory);
        string runner = Path.Combine(own.Parent!.Parent!.FullName, "LakebaseOps.Runner", own.Name, "LakebaseOps.Runner.dll");
        ProcessStartInfo start = new("dotnet", [runner, "run", $"{name}.json", "--output", $"{name}.output"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment[Variable] = connection;
        start.Environment[OtherVariable] = other;
        foreach ((string variable, string? value) in environment ?? [])
            start.Environment[variable] = value;
        return new RunnerProcess(Process.Start(start)!);
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end: its exit code and all that it wrote.</summary>
    public async Task<(int Code, string Text)> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return (_process.ExitCode, await _output + await _error);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
