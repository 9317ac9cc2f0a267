using System.Text.RegularExpressions;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Operations;

public sealed partial class CommandCatalogTests
{
    [Fact]
    public void Every_command_of_the_manifest_has_exactly_one_operation()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "LakebaseOps.psd1")))
            folder = folder.Parent;
        string manifest = File.ReadAllText(Path.Combine(folder.FullName, "LakebaseOps.psd1"));
        string[] exported = [.. Exported().Matches(manifest).Select(match => match.Groups[1].Value).Order(StringComparer.OrdinalIgnoreCase)];
        Assert.NotEmpty(exported);
        Assert.Equal(exported, CommandCatalog.Commands.Keys);
    }

    [GeneratedRegex(@"'([A-Z][A-Za-z]+-Lakebase[A-Za-z]*)'")]
    private static partial Regex Exported();
}
