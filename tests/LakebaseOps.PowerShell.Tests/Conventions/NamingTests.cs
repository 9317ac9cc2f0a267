namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>Names of cmdlets, their classes, files and types.</summary>
public sealed class NamingTests(Product product) : IClassFixture<Product>
{
    // Get-Verb of PowerShell 7.4, the ones a module of this kind may want.
    private static readonly HashSet<string> ApprovedVerbs = new(StringComparer.Ordinal)
    {
        "Add", "Build", "Clear", "Compare", "Complete", "Compress", "Connect", "Convert", "ConvertFrom", "ConvertTo", "Copy",
        "Disable", "Disconnect", "Enable", "Expand", "Export", "Find", "Format", "Get", "Import", "Initialize", "Install",
        "Invoke", "Join", "Measure", "Merge", "Move", "New", "Optimize", "Publish", "Read", "Register", "Remove", "Rename",
        "Repair", "Reset", "Resize", "Resolve", "Restart", "Restore", "Resume", "Save", "Search", "Select", "Set", "Show",
        "Split", "Start", "Stop", "Suspend", "Switch", "Sync", "Test", "Trace", "Undo", "Uninstall", "Unregister", "Update",
        "Wait", "Watch", "Write",
    };

    [Fact]
    public void Verbs_are_approved() =>
        Convention.Holds(product.Cmdlets.Where(cmdlet => !ApprovedVerbs.Contains(cmdlet.Verb)).Select(cmdlet => cmdlet.Name));

    [Fact]
    public void Nouns_are_Lakebase_and_a_singular() =>
        Convention.Holds(product.Cmdlets.Where(cmdlet => !cmdlet.Noun.StartsWith("Lakebase", StringComparison.Ordinal)
            || (cmdlet.Noun.EndsWith('s') && !cmdlet.Noun.EndsWith("ss", StringComparison.Ordinal))).Select(cmdlet => cmdlet.Name));

    [Fact]
    public void Classes_are_sealed_and_named_after_the_cmdlet() =>
        Convention.Holds(product.Cmdlets.Where(cmdlet => !cmdlet.Class.IsSealed
            || cmdlet.Class.FullName != $"LakebaseOps.Commands.{cmdlet.Verb}{cmdlet.Noun}Command").Select(cmdlet => cmdlet.Class.FullName));

    [Fact]
    public void Each_class_has_a_file_of_its_own_below_its_capability()
    {
        string[] files = Directory.GetFiles(Product.At("src", "LakebaseOps.PowerShell", "Commands"), "*Command.cs", SearchOption.AllDirectories);
        string[] wrong =
        [
            .. product.Cmdlets.Select(cmdlet => cmdlet.Class.Name + ".cs")
                .Where(name => !files.Any(file => Path.GetFileName(file) == name && IsInCapability(file))),
            .. files.Where(file => File.ReadAllText(file).Split("[Cmdlet(").Length > 2),
        ];
        Convention.Holds(wrong);
    }

    [Fact]
    public void Capabilities_have_the_same_name_everywhere()
    {
        string[] engine = [.. Directory.GetDirectories(Product.At("src", "LakebaseOps")).Select(path => Path.GetFileName(path))];
        string[] commands = [.. Directory.GetDirectories(Product.At("src", "LakebaseOps.PowerShell", "Commands")).Select(path => Path.GetFileName(path))];
        Convention.Holds(commands.Except(engine));
    }

    [Fact]
    public void Every_cmdlet_says_what_it_puts_out() =>
        Convention.Holds(product.Cmdlets
            // -Quiet turns results into a plain yes or no.
            .Where(cmdlet => cmdlet.OutputTypes.Count(type => type.Name != "Boolean" || cmdlet.Parameters.All(parameter => parameter.Name != "Quiet")) != 1)
            .Select(cmdlet => $"{cmdlet.Name}: {cmdlet.OutputTypes.Count}"));

    [Fact]
    public void Output_types_are_the_modules_own_or_the_systems()
    {
        // PowerShell finds a type name only in its own load context, so a result must live in LakebaseOps.Shared.
        Convention.Holds(product.Cmdlets
            .SelectMany(cmdlet => cmdlet.OutputTypes, (cmdlet, type) => (cmdlet.Name, type))
            .Where(entry => !IsVisible(entry.type)).Select(entry => $"{entry.Name}: {entry.type.FullName}"));
        Convention.Holds(product.Cmdlets
            .SelectMany(cmdlet => cmdlet.Parameters, (cmdlet, parameter) => (cmdlet.Name, parameter))
            .Where(entry => entry.parameter.Type is not null && !IsVisible(entry.parameter.Type))
            .Select(entry => $"{entry.Name} -{entry.parameter.Name}: {entry.parameter.Type!.FullName}"));
    }

    private static bool IsVisible(Type type)
    {
        Type bare = type.IsArray ? type.GetElementType()! : type;
        return bare.Assembly.GetName().Name is "LakebaseOps.Shared" or "System.Management.Automation"
            || bare.Namespace?.StartsWith("System", StringComparison.Ordinal) == true;
    }

    private static bool IsInCapability(string file) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file))) == "Commands";
}
