using System.CommandLine;
using System.Globalization;

namespace LakebaseOps.Build.Packaging;

/// <summary>Target "package": the module as a zip for Azure Automation and as a nupkg for a PowerShell gallery.</summary>
internal static class PackageTarget
{
    /// <summary>The folder that holds the packages, and the module unpacked as a user would have it.</summary>
    public static string Folder => Repository.At("artifacts", "package");

    /// <summary>The manifest of the unpacked module: what acceptance tests import.</summary>
    public static string UnpackedManifest => Path.Combine(Folder, ModulePackage.Name, ModulePackage.Name + ".psd1");

    public static Command Command()
    {
        Command command = new("package", "Build the module and package it as zip (Azure Automation) and nupkg (PowerShell gallery).");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        int code = await ModuleTarget.RunAsync(cancellationToken);
        if (code != 0)
            return code;

        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        ModulePackage package = ModulePackage.Of(Repository.Root);
        string zip = Path.Combine(Folder, ModulePackage.Name + ".zip");
        string nupkg = Path.Combine(Folder, $"{ModulePackage.Name}.{package.Version}.nupkg");
        Directory.CreateDirectory(Folder);
        package.WriteZip(zip);
        package.WriteNupkg(nupkg);
        System.IO.Compression.ZipFile.ExtractToDirectory(zip, Folder);

        foreach (string file in new[] { zip, nupkg })
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(file).Length / 1024.0 / 1024.0,8:F2} MB  {Path.GetRelativePath(Repository.Root, file)}"));
        IReadOnlyList<string> problems = PackageLimits.Problems(package.Files.Select(file => file.Entry), new FileInfo(zip).Length);
        foreach (string problem in problems)
            Console.Error.WriteLine(problem);
        return problems.Count == 0 ? 0 : 1;
    }
}
