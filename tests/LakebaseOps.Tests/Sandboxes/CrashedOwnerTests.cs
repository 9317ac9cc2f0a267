using System.Diagnostics;
using System.Text.Json;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Tests.Sandboxes;

/// <summary>A process that starts an ephemeral sandbox is killed; the next start in the same place cleans up.</summary>
public sealed class CrashedOwnerTests : SandboxTest
{
    [Theory]
    [InlineData("recorded")]
    [InlineData("initializing")]
    [InlineData("initialized")]
    [InlineData("launched")]
    [InlineData("running")]
    public async Task Nothing_is_left_that_the_next_start_does_not_remove(string moment)
    {
        SandboxFolder folder = SandboxFolder.Of(Parent, "lost");
        Directory.CreateDirectory(Parent);
        string workflow = Path.Combine(Parent, "workflow.json");
        await File.WriteAllTextAsync(workflow, JsonSerializer.Serialize(new
        {
            session = new { sandbox = new { name = "lost", path = Parent, ephemeral = true } },
            steps = new[] { new { name = "wait", command = "Invoke-LakebaseQuery", parameters = new { Query = "SELECT pg_sleep(300)" } } },
        }), Cancel);
        using Process owner = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { RunnerProgram, "run", workflow, "--output", Path.Combine(Parent, "output") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        while (!Reached(folder, moment))
        {
            Assert.False(owner.HasExited, owner.HasExited ? await owner.StandardError.ReadToEndAsync(Cancel) : "");
            // The moments are short; but whoever looks without a pause takes the processor from what he waits for.
            await Task.Delay(1, Cancel);
        }

        owner.Kill();
        await owner.WaitForExitAsync(Cancel);
        LakebaseSandbox next = await StartAsync("next");

        Assert.False(Directory.Exists(folder.Path));
        Assert.Equal(["next"], SandboxFolder.All(Parent).Select(one => one.Name));
        Assert.Empty(ProcessesOn(folder.Path));
        Assert.NotEmpty(ProcessesOn(next.Path));
    }

    private static string RunnerProgram => Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "LakebaseOps.Runner", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
        "LakebaseOps.Runner.dll"));

    private static bool Reached(SandboxFolder folder, string moment)
    {
        try
        {
            return moment switch
            {
                "recorded" => folder.ReadRecord() is not null,
                "initializing" => Directory.Exists(folder.Path) && Directory.EnumerateDirectories(folder.Path).Any(draft => File.Exists(Path.Combine(draft, "PG_VERSION"))),
                "initialized" => Directory.Exists(folder.Data),
                "launched" => File.Exists(folder.ServerLock),
                _ => folder.Read() is { State: "Running", Port: > 0 },
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static List<string> ProcessesOn(string folder)
    {
        List<string> found = [];
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                string arguments = File.ReadAllText(Path.Combine(process, "cmdline"));
                if (arguments.Contains(folder + "/", StringComparison.Ordinal))
                    found.Add(arguments);
            }
            catch (IOException)
            {
            }
        }

        return found;
    }
}
