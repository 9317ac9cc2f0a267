using System.IO.Compression;
using System.Xml.Linq;
using LakebaseOps.Build;
using LakebaseOps.Build.Packaging;

namespace LakebaseOps.PowerShell.Tests.Packaging;

/// <summary>The packages are made of the module's files, the same each time, and within the limits.</summary>
public sealed class ModulePackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebaseops-package-").FullName;

    [Fact]
    public void The_zip_has_the_module_in_its_folder_and_no_help_sources()
    {
        using ZipArchive zip = ZipFile.OpenRead(Zip("one.zip"));
        string[] entries = [.. zip.Entries.Select(entry => entry.FullName)];
        Assert.All(entries, entry => Assert.StartsWith("LakebaseOps/", entry, StringComparison.Ordinal));
        Assert.Contains("LakebaseOps/LakebaseOps.psd1", entries);
        Assert.Contains("LakebaseOps/module/LakebaseOps.psm1", entries);
        Assert.Contains("LakebaseOps/module/bin/LakebaseOps.PowerShell.dll", entries);
        Assert.Contains("LakebaseOps/module/bin/en-US/LakebaseOps.PowerShell.dll-Help.xml", entries);
        Assert.DoesNotContain(entries, entry => entry.EndsWith("Get-Thing.md", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_files_make_the_same_zip()
    {
        byte[] first = File.ReadAllBytes(Zip("one.zip"));
        foreach (string file in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, new DateTime(2031, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        Assert.Equal(first, File.ReadAllBytes(Zip("two.zip")));
    }

    [Fact]
    public void The_nupkg_names_the_module_its_version_and_its_cmdlets()
    {
        string path = Path.Combine(_folder, "module.nupkg");
        Fixture().WriteNupkg(path);
        using ZipArchive zip = ZipFile.OpenRead(path);
        Assert.NotNull(zip.GetEntry("LakebaseOps.psd1"));
        Assert.NotNull(zip.GetEntry("_rels/.rels"));
        XDocument types = Document(zip, "[Content_Types].xml");
        Assert.Contains(types.Root!.Elements(), element => element.Attribute("Extension")?.Value == "dll");
        Assert.Contains(types.Root!.Elements(), element => element.Attribute("PartName")?.Value == "/LICENSE");
        XDocument nuspec = Document(zip, "LakebaseOps.nuspec");
        XNamespace space = nuspec.Root!.Name.Namespace;
        Assert.Equal("LakebaseOps", nuspec.Descendants(space + "id").Single().Value);
        Assert.Contains(nuspec.Descendants(space + "version").Single().Value, File.ReadAllText(Repository.At("LakebaseOps.psd1")), StringComparison.Ordinal);
        Assert.Contains("PSCmdlet_Connect-Lakebase", nuspec.Descendants(space + "tags").Single().Value.Split(' '));
    }

    [Fact]
    public void Too_long_a_path_and_too_large_a_zip_are_refused()
    {
        Assert.Empty(PackageLimits.Problems([new string('a', 139)], 100L * 1024 * 1024));
        Assert.Single(PackageLimits.Problems([new string('a', 140)], 0));
        Assert.Single(PackageLimits.Problems([], (100L * 1024 * 1024) + 1));
    }

    [Fact]
    public void The_repositorys_own_files_are_within_the_limits() =>
        Assert.Empty(PackageLimits.Problems(ModulePackage.Of(Repository.Root).Files.Select(file => file.Entry), 0));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static XDocument Document(ZipArchive zip, string entry)
    {
        using Stream stream = zip.GetEntry(entry)!.Open();
        return XDocument.Load(stream);
    }

    private string Zip(string name)
    {
        string path = Path.Combine(_folder, name);
        Fixture().WriteZip(path);
        return path;
    }

    private ModulePackage Fixture()
    {
        string root = Path.Combine(_folder, "root");
        foreach (string file in new[]
        {
            "LICENSE", "module/LakebaseOps.psm1", "module/bin/LakebaseOps.PowerShell.dll",
            "module/bin/en-US/LakebaseOps.PowerShell.dll-Help.xml", "module/help/en-US/Get-Thing.md",
        })
        {
            string path = Path.Combine(root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file);
        }

        File.Copy(Repository.At("LakebaseOps.psd1"), Path.Combine(root, "LakebaseOps.psd1"), overwrite: true);
        return ModulePackage.Of(root);
    }
}
