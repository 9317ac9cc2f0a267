using System.Text.Json;
using LakebaseOps.Build.Packaging;

namespace LakebaseOps.Build;

/// <summary>The Pester tests, on the packaged module.</summary>
internal static class Acceptance
{
    /// <summary>Runs them where PowerShell and Pester are found; says loudly when they are not.</summary>
    public static async Task<TestCount> RunAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        const string probe = "if (Get-Module -ListAvailable -Name Pester | Where-Object { $_.Version.Major -ge 5 }) { exit 0 } else { exit 9 }";
        int found = await Tool.RunAsync("pwsh", ["-NoProfile", "-NonInteractive", "-Command", probe], cancellationToken);
        if (found != 0)
        {
            Loud.Write(found == Tool.Missing
                ? "POWERSHELL (pwsh) WAS NOT FOUND: THE PESTER ACCEPTANCE TESTS DID NOT RUN."
                : "PESTER 5 WAS NOT FOUND: THE ACCEPTANCE TESTS DID NOT RUN.");
            return new TestCount(0, 0, 1);
        }

        string results = Repository.At("artifacts", "tests", "acceptance.json");
        Directory.CreateDirectory(Path.GetDirectoryName(results)!);
        File.Delete(results);
        await Tool.RunAsync(
            "pwsh",
            [
                "-NoProfile", "-NonInteractive", "-File", Repository.At("tests", "acceptance", "Invoke-Acceptance.ps1"),
                "-ModulePath", PackageTarget.UnpackedManifest, "-ResultPath", results,
            ],
            cancellationToken,
            environment);
        if (!File.Exists(results))
            return new TestCount(0, 1, 0);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(results, cancellationToken));
        int Count(string name) => document.RootElement.GetProperty(name).GetInt32();
        return new TestCount(Count("passed"), Count("failed"), Count("skipped"))
        {
            Failures = TestFailures.OfAcceptance(document.RootElement),
        };
    }
}
