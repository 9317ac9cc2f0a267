using System.ComponentModel;
using System.Diagnostics;

namespace LakebaseOps.Tests;

/// <summary>An npm package, pinned, in a folder below the temporary one, and node to run it.</summary>
/// <param name="package">Name and version.</param>
internal sealed class NodePackage(string package)
{
    /// <summary>Reads histogram logs.</summary>
    public static readonly NodePackage Histogram = new("hdr-histogram-js@3.0.1");

    /// <summary>A server that speaks DynamoDB's protocol.</summary>
    public static readonly NodePackage Dynalite = new("dynalite@4.0.0");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "lakebaseops-node", package);

    /// <summary>Installs the package where it is not yet; what is missing, or null.</summary>
    public async Task<string?> MissingAsync(CancellationToken cancellationToken)
    {
        if (await ExitAsync("node", ["--version"], cancellationToken) != 0)
            return "Node.js is not on PATH";
        if (Directory.Exists(_folder))
            return null;
        string draft = $"{_folder}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(draft);
        try
        {
            (string program, string[] shell) = OperatingSystem.IsWindows() ? ("cmd", new[] { "/c", "npm" }) : ("npm", []);
            string[] install = ["install", package, "--prefix", draft, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
            if (await ExitAsync(program, [.. shell, .. install], cancellationToken) != 0)
                return $"npm could not install {package}";
            Directory.Move(draft, _folder);
        }
        catch (IOException) when (Directory.Exists(_folder))
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
    public async Task<string> RunAsync(string script, string input, CancellationToken cancellationToken)
    {
        using Process node = Start("node", ["-e", script]);
        Task<string> output = node.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = node.StandardError.ReadToEndAsync(cancellationToken);
        await node.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        node.StandardInput.Close();
        await node.WaitForExitAsync(cancellationToken);
        return node.ExitCode == 0 ? await output : throw new InvalidOperationException(await errors);
    }

    private async Task<int> ExitAsync(string program, string[] arguments, CancellationToken cancellationToken)
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

    /// <summary>Starts a program in the package's folder.</summary>
    public Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = Directory.Exists(_folder) ? _folder : Path.GetTempPath(),
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
