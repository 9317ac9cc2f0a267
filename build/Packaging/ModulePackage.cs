using System.IO.Compression;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;

namespace LakebaseOps.Build.Packaging;

/// <summary>The files of the module, and how they are packaged. The same files give the same bytes.</summary>
public sealed partial class ModulePackage
{
    /// <summary>Name of the module, of its folder in the zip and of the package.</summary>
    public const string Name = "LakebaseOps";

    // The earliest time a zip can hold: a package must not differ by when it was made.
    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _manifest;

    private ModulePackage(string root, IReadOnlyList<PackageFile> files)
    {
        Files = files;
        _manifest = File.ReadAllText(Path.Combine(root, Name + ".psd1"));
    }

    /// <summary>In the order in which they are packaged.</summary>
    public IReadOnlyList<PackageFile> Files { get; }

    /// <summary>The module's version.</summary>
    public string Version => Value("ModuleVersion");

    /// <summary>The package of a built module.</summary>
    /// <param name="root">Folder of LakebaseOps.psd1; its layout is the package's layout.</param>
    public static ModulePackage Of(string root)
    {
        string module = Path.Combine(root, "module");
        // Help is shipped as Get-Help reads it (bin/en-US); its sources stay here.
        string sources = Path.Combine(module, "help") + Path.DirectorySeparatorChar;
        IEnumerable<string> files = Directory.EnumerateFiles(module, "*", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(sources, StringComparison.Ordinal))
            .Concat(new[] { Name + ".psd1", "LICENSE", "README.md", "CHANGELOG.md" }.Select(file => Path.Combine(root, file)).Where(File.Exists));
        return new ModulePackage(root,
        [
            .. files.Select(file => new PackageFile(file, $"{Name}/{Path.GetRelativePath(root, file).Replace('\\', '/')}"))
                .OrderBy(file => file.Entry, StringComparer.Ordinal),
        ]);
    }

    /// <summary>A zip with the folder LakebaseOps.</summary>
    public void WriteZip(string path)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (PackageFile file in Files)
            Add(zip, file.Entry, File.ReadAllBytes(file.Path));
    }

    /// <summary>A package as the PowerShell Gallery takes it: the module's files at the top, its commands as tags.</summary>
    public void WriteNupkg(string path)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(zip, "[Content_Types].xml", ContentTypes());
        Add(zip, "_rels/.rels", $"""
            <?xml version="1.0" encoding="utf-8"?>
            <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
              <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/{Name}.nuspec" Id="manifest" />
            </Relationships>
            """);
        Add(zip, Name + ".nuspec", Nuspec());
        foreach (PackageFile file in Files)
            Add(zip, file.Entry[(Name.Length + 1)..], File.ReadAllBytes(file.Path));
    }

    private static void Add(ZipArchive zip, string name, string text) => Add(zip, name, Encoding.UTF8.GetBytes(text));

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.SmallestSize);
        entry.LastWriteTime = Timestamp;
        // A plain file, readable by all: what the files were on the machine that made the package does not matter.
        entry.ExternalAttributes = 0b1_000_000_110_100_100 << 16;
        using Stream stream = entry.Open();
        stream.Write(content);
    }

    private string ContentTypes()
    {
        IEnumerable<string> extensions = Files.Select(file => Path.GetExtension(file.Entry).TrimStart('.')).Where(extension => extension.Length > 0)
            .Append("nuspec").Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal);
        IEnumerable<string> bare = Files.Where(file => Path.GetExtension(file.Entry).Length == 0).Select(file => file.Entry[Name.Length..]);
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
              <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />
            {string.Concat(extensions.Select(extension => $"  <Default Extension=\"{extension}\" ContentType=\"application/octet\" />\n"))}{string.Concat(bare.Select(part => $"  <Override PartName=\"{part}\" ContentType=\"application/octet\" />\n"))}</Types>
            """;
    }

    private string Nuspec()
    {
        string[] cmdlets = [.. List("CmdletsToExport")];
        IEnumerable<string> tags = List("Tags").Concat(["PSModule", "PSEdition_Core", "PSIncludes_Cmdlet"])
            .Concat(cmdlets.Select(cmdlet => "PSCmdlet_" + cmdlet)).Concat(cmdlets.Select(cmdlet => "PSCommand_" + cmdlet));
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
              <metadata>
                <id>{Name}</id>
                <version>{Version}</version>
                <authors>{Text("Author")}</authors>
                <owners>{Text("CompanyName")}</owners>
                <requireLicenseAcceptance>false</requireLicenseAcceptance>
                <licenseUrl>{Text("LicenseUri")}</licenseUrl>
                <description>{Text("Description")}</description>
                <copyright>{Text("Copyright")}</copyright>
                <tags>{SecurityElement.Escape(string.Join(' ', tags))}</tags>
              </metadata>
            </package>
            """;
    }

    private string Text(string name) => SecurityElement.Escape(Value(name));

    private string Value(string name)
    {
        Match match = Regex.Match(_manifest, $@"^\s*{name}\s*=\s*'(?<value>(?:[^']|'')*)'", RegexOptions.Multiline);
        return match.Success
            ? match.Groups["value"].Value.Replace("''", "'", StringComparison.Ordinal)
            : throw new InvalidDataException($"{Name}.psd1 does not say {name}.");
    }

    private IEnumerable<string> List(string name) => QuotedText().Matches(
        Regex.Match(_manifest, $@"^\s*{name}\s*=\s*@\((?<items>[^)]*)\)", RegexOptions.Multiline).Groups["items"].Value)
        .Select(match => match.Groups["text"].Value);

    [GeneratedRegex("'(?<text>[^']*)'")]
    private static partial Regex QuotedText();
}

/// <summary>A file of the package.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Entry">Its path in the zip.</param>
public sealed record PackageFile(string Path, string Entry);
