using System.Reflection;
using System.Runtime.Loader;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>Parameters reach their options, and the stand-in has what the cmdlets need of PowerShell.</summary>
public sealed class WiringTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public void No_parameter_is_dead()
    {
        using IntermediateCode code = new(product.CmdletAssembly);
        IReadOnlySet<string> calls = code.Calls();
        Convention.Holds(product.Cmdlets.SelectMany(
                cmdlet => cmdlet.Class.GetProperties().Where(property => cmdlet.Parameters.Any(parameter => parameter.Name == property.Name)),
                (cmdlet, property) => (cmdlet, property))
            .Where(entry => !calls.Contains($"{entry.property.DeclaringType!.Name}.get_{entry.property.Name}"))
            .Select(entry => $"{entry.cmdlet.Name} -{entry.property.Name}"));
    }

    [Fact]
    public void Every_option_is_set_by_its_cmdlet()
    {
        using IntermediateCode code = new(product.CmdletAssembly);
        IReadOnlySet<string> calls = code.Calls();
        List<string> wrong = [];
        foreach (CommandShape command in product.Commands.Where(command => command.Options is not null))
        {
            wrong.AddRange(command.Options!.GetProperties()
                .Where(property => property.SetMethod is not null)
                .Where(property => !calls.Contains($"{property.DeclaringType!.Name}.set_{property.Name}"))
                .Select(property => $"{command.Name} never sets {property.DeclaringType!.Name}.{property.Name}"));
        }

        Convention.Holds(wrong);
    }

    [Fact]
    public void The_stand_in_has_every_member_that_the_cmdlets_refer_to()
    {
        using IntermediateCode code = new(product.CmdletAssembly);
        Assembly standIn = AssemblyLoadContext.Default.LoadFromAssemblyPath(StandIn.Path);
        Convention.Holds(code.References("System.Management.Automation")
            .Where(reference => !Has(standIn.GetType(reference.Type), reference.Member, reference.Parameters))
            .Select(reference => $"{reference.Type}.{reference.Member} with {reference.Parameters} parameters"));
    }

    [Fact]
    public void PowerShell_itself_is_not_among_the_modules_files() =>
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "System.Management.Automation.dll")));

    private static bool Has(Type? type, string member, int parameters)
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        for (; type is not null; type = type.BaseType)
        {
            MethodBase[] methods = member == ".ctor" ? type.GetConstructors(Any) : [.. type.GetMethods(Any).Where(method => method.Name == member)];
            if (parameters < 0 ? type.GetField(member, Any) is not null : methods.Any(method => method.GetParameters().Length == parameters))
                return true;
        }

        return false;
    }
}
