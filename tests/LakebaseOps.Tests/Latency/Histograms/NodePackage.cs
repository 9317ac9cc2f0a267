using System.ComponentModel;
using System.Diagnostics;

namespace LakebaseOps.Tests.Latency.Histograms;

/// <summary>The npm package hdr-histogram-js, pinned, in a folder below the temporary one, and node to run it.</summary>
internal static class NodePackage
{
    private const string Package = "hdr-histogram-js@3.0.1";
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), "lakebaseops-node", Package);

    /// <summary>Installs the package where it is not yet; what is missing, or null.</summary>
    public static async Task<string?> MissingAsync(CancellationToken cancellationToken)
    {
        if (await ExitAsync("node", ["--version"], cancellationToken) != 0)
            return "Node.js is not on PATH";
        if (Directory.Exists(Folder))
            return null;
        string draft = $"{Folder}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(draft);
        try
        {
            (string program, string[] shell) = OperatingSystem.IsWindows() ? ("cmd", new[] { "/c", "npm" }) : ("npm", []);
            string[] install = ["install", Package, "--prefix", draft, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
            if (await ExitAsync(program, [.. shell, .. install], cancellationToken) != 0)
                return $"npm could not install {Package}";
            Directory.Move(draft, Folder);
        }
        catch (IOException) when (Directory.Exists(Folder))
        {
            // Another run of the tests was faster.
        }
        finally
        {
            if (Directory.Exists(draft))
                Directory.Delete(draft, recursive: true);
        }

        return null;
    }

    /// <summary>What a script prints when it is given that input.</summary>
    public static async Task<string> RunAsync(string script, string input, CancellationToken cancellationToken)
    {
        using Process node = Start("node", ["-e", script]);
        Task<string> output = node.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = node.StandardError.ReadToEndAsync(cancellationToken);
        await node.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        node.StandardInput.Close();
        await node.WaitForExitAsync(cancellationToken);
        return node.ExitCode == 0 ? await output : throw new InvalidOperationException(await errors);
    }

    private static async Task<int> ExitAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            using Process process = Start(program, arguments);
            process.StandardInput.Close();
            await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return 127;
        }
    }

    private static Process Start(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = Directory.Exists(Folder) ? Folder : Path.GetTempPath(),
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
