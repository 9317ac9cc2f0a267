namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>LakebaseOps.psd1 tells what the assemblies have.</summary>
public sealed class ManifestTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public void Exported_cmdlets_are_the_cmdlets() =>
        Convention.Same("the assembly", product.Cmdlets.Select(cmdlet => cmdlet.Name), "CmdletsToExport", Product.ManifestList("CmdletsToExport"));

    [Fact]
    public void Every_cmdlet_has_its_operation_and_every_operation_its_cmdlet() =>
        Convention.Same("the cmdlets", product.Cmdlets.Select(cmdlet => cmdlet.Name), "the operations", product.Commands.Select(command => command.Name));

    [Fact]
    public void Every_format_file_is_listed_and_exists() =>
        Convention.Same(
            "module/formats", Directory.GetFiles(Product.At("module", "formats")).Select(file => $"module/formats/{Path.GetFileName(file)}"),
            "FormatsToProcess", Product.ManifestList("FormatsToProcess"));

    [Fact]
    public void The_assemblies_bear_the_manifests_version()
    {
        string manifest = File.ReadAllText(Product.At("LakebaseOps.psd1"));
        Assert.Contains($"'{product.Shared.GetName().Version!.ToString(3)}'", manifest, StringComparison.Ordinal);
    }
}
