using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LakebaseOps.Tests.Workflows;

/// <summary>The Runner as a process: exit codes, streams, signals.</summary>
public sealed class RunnerTests(PostgresServer server) : DatabaseTest(server)
{
    private const string ConnectionVariable = "LAKEBASE_RUNNER_TEST";

    [Fact]
    public async Task A_good_run_ends_with_0_and_json_lines_on_standard_output()
    {
        using WorkflowFolder folder = new(Query("SELECT 1 AS one"));
        (int exit, string output, _) = await RunAsync(["run", folder.File, "--output", folder.Output, "--json"]);
        Assert.Equal(0, exit);
        string[] types = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()!)];
        Assert.Equal(nameof(WorkflowStepResult), types[^1]);
        Assert.Equal("Passed", (await folder.RunRecordAsync()).Status);
    }

    [Fact]
    public async Task A_failed_step_ends_with_1_and_says_why()
    {
        using WorkflowFolder folder = new(Query("SELECT * FROM no_such_table"));
        (int exit, _, string error) = await RunAsync(["run", folder.File, "--output", folder.Output]);
        Assert.Equal(1, exit);
        Assert.Contains(ErrorIds.ObjectNotFound, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_check_is_a_gate()
    {
        await ExecuteAsync("CREATE TABLE counted (id int PRIMARY KEY); INSERT INTO counted VALUES (1)");
        using WorkflowFolder folder = new($$"""
            {
              "session": { "env": "{{ConnectionVariable}}" },
              "steps": [
                { "name": "verify", "command": "Test-LakebaseTable", "parameters": { "Table": "counted", "ExpectedRows": 2 } },
                { "name": "after", "command": "Invoke-LakebaseQuery", "parameters": { "Query": "DROP TABLE counted" } }
              ]
            }
            """);
        (int exit, _, string error) = await RunAsync(["run", folder.File, "--output", folder.Output]);
        Assert.Equal(1, exit);
        Assert.Contains("RowCount failed", error, StringComparison.Ordinal);
        RunRecord run = await folder.RunRecordAsync();
        Assert.Equal(["Failed", "NotRun"], run.Steps.Select(step => step.Status));
        Assert.Contains(run.Checks, check => check is { Check: "RowCount", Status: CheckStatus.Failed });
        Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM counted"));
    }

    [Theory]
    [InlineData("""{"steps":[{"name":"a","command":"Invoke-LakebaseQuerry"}]}""", ErrorIds.WorkflowInvalid)]
    [InlineData("not json", ErrorIds.WorkflowInvalid)]
    public async Task A_wrong_file_ends_with_2_before_anything_runs(string workflow, string id)
    {
        using WorkflowFolder folder = new(workflow);
        (int exit, _, string error) = await RunAsync(["run", folder.File, "--output", folder.Output]);
        Assert.Equal(2, exit);
        Assert.Contains(id, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Output));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "missing.json")]
    [InlineData("walk", "missing.json")]
    [InlineData("check", "missing.json")]
    public async Task A_wrong_command_line_ends_with_2(params string[] arguments) =>
        Assert.Equal(2, (await RunAsync(arguments)).Exit);

    [Fact]
    public async Task Check_lists_every_problem_and_ends_with_2()
    {
        using WorkflowFolder folder = new("""
            {"steps":[{"name":"a","command":"Nope"},{"name":"b","command":"Test-LakebaseWorkflow","parameters":{"Paht":"x"}}]}
            """);
        (int exit, string output, _) = await RunAsync(["check", folder.File]);
        Assert.Equal(2, exit);
        Assert.Contains("'Nope'", output, StringComparison.Ordinal);
        Assert.Contains("'Paht'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_ends_with_130_and_leaves_no_statement_running()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using WorkflowFolder folder = new(Query("SELECT pg_sleep(600) /* interrupted */"));
        using Process process = Start(["run", folder.File, "--output", folder.Output]);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        while (await RunningAsync() == 0)
            Assert.False(process.HasExited, "The Runner ended by itself.");
        Assert.Equal(0, Kill(process.Id, 2));
        await process.WaitForExitAsync(Cancel);
        await Task.WhenAll(error, output);
        Assert.Equal(130, process.ExitCode);
        Assert.Equal(0, await RunningAsync());
        Assert.Equal("Interrupted", (await folder.RunRecordAsync()).Status);
    }

    private static string Query(string sql) => $$"""
        {
          "session": { "env": "{{ConnectionVariable}}" },
          "steps": [{ "name": "query", "command": "Invoke-LakebaseQuery", "parameters": { "Query": {{JsonSerializer.Serialize(sql)}} } }]
        }
        """;

    private async Task<int> RunningAsync() => (int)await ScalarAsync<long>(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%interrupted%' AND pid <> pg_backend_pid()"
        + " AND datname = current_database()");

    private async Task<(int Exit, string Output, string Error)> RunAsync(string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output, await error);
    }

    private Process Start(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [RunnerDll(), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment[ConnectionVariable] = Server.ConnectionString(Session.Database);
        return Process.Start(start)!;
    }

    // The Runner is built beside the tests, in the same configuration.
    private static string RunnerDll()
    {
        DirectoryInfo own = new(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "LakebaseOps.Runner", own.Name, "LakebaseOps.Runner.dll");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
