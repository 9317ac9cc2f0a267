using LakebaseOps.Build.Help;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>Parameters: parity with the options records, secrets, paths, asking.</summary>
public sealed class ParameterTests(Product product) : IClassFixture<Product>
{
    // What a cmdlet has besides its options: how things come in from PowerShell, and PowerShell's own.
    private static readonly HashSet<string> Plumbing = new(StringComparer.Ordinal)
    {
        "Session", "Sandbox", "InputObject", "LiteralPath", "WhatIf", "Confirm", "Force", "Credential", "Token", "PassThru",
    };

    // What options have that a cmdlet takes in another form, with the reason.
    private static readonly HashSet<string> OptionsOnly = new(StringComparer.Ordinal)
    {
        "Secret", // -Credential or -Token
        "Test-LakebaseConnection.Name", // a test opens no session that would need one
        "Get-LakebaseSandbox.RemoveData", // shares its options with Stop-LakebaseSandbox
    };

    [Fact]
    public void Options_and_parameters_have_the_same_names()
    {
        List<string> wrong = [];
        foreach (CommandShape command in product.Commands.Where(command => command.Options is not null))
        {
            if (Find(command.Name) is not { } cmdlet)
                continue;
            string[] options = [.. command.Options!.GetProperties().Where(property => property.GetMethod is { IsStatic: false }).Select(property => property.Name)
                .Where(name => name != "EqualityContract")];
            string[] parameters = [.. cmdlet.Parameters.Select(parameter => parameter.Name)];
            wrong.AddRange(options.Except(parameters).Except(Plumbing)
                .Where(name => !OptionsOnly.Contains(name) && !OptionsOnly.Contains($"{command.Name}.{name}"))
                .Select(name => $"{command.Name} lacks -{name}"));
            wrong.AddRange(parameters.Except(options).Except(Plumbing).Select(name => $"{command.Options.Name} lacks {name} of {command.Name}"));
        }

        Convention.Holds(wrong);
    }

    [Fact]
    public void What_writes_supports_WhatIf()
    {
        Convention.Holds(product.Commands.Where(command => command.Writes && Find(command.Name) is { SupportsShouldProcess: false }).Select(command => command.Name));
        Convention.Holds(product.Commands.Where(command => !command.Writes && Find(command.Name) is { SupportsShouldProcess: true }).Select(command => command.Name));
    }

    [Fact]
    public void Only_what_deletes_user_data_asks_by_default_and_then_has_Force() =>
        Convention.Holds(product.Cmdlets
            .Where(cmdlet => cmdlet.ConfirmImpact == "High" && cmdlet.Parameters.All(parameter => parameter.Name != "Force"))
            .Select(cmdlet => cmdlet.Name));

    [Fact]
    public void No_parameter_takes_a_secret_as_text()
    {
        string[] words = ["Password", "Secret", "Token", "Passphrase"];
        Convention.Holds(All().Where(entry => entry.Parameter.Name == "Password"
            || (words.Any(word => entry.Parameter.Name.Contains(word, StringComparison.OrdinalIgnoreCase))
                && entry.Parameter.TypeName is not ("SecureString" or "PSCredential"))).Select(Named));
        Convention.Holds(All().Where(entry => entry.Parameter.Name == "Credential" && entry.Parameter.TypeName != "PSCredential").Select(Named));
    }

    [Fact]
    public void LiteralPath_answers_to_PSPath() =>
        Convention.Holds(All().Where(entry => entry.Parameter.Name == "LiteralPath"
            && !(entry.Parameter.Aliases.Contains("PSPath") && entry.Parameter.Uses.All(use => use.FromPipelineByPropertyName))).Select(Named));

    [Fact]
    public void Table_and_Session_bind_by_property_name_and_complete()
    {
        Convention.Holds(All().Where(entry => entry.Parameter.Name == "Session" && entry.Parameter.TypeName == "SessionReference"
            && !(entry.Parameter.HasCompleter && entry.Parameter.Uses.All(use => use.FromPipelineByPropertyName))).Select(Named));
        Convention.Holds(All().Where(entry => entry.Parameter.Name == "Table" && entry.Cmdlet.Parameters.Any(parameter => parameter.Name == "Session")
            && !(entry.Parameter.HasCompleter && entry.Parameter.Uses.All(use => use.FromPipeline || use.FromPipelineByPropertyName))).Select(Named));
    }

    [Fact]
    public void Switches_are_optional_and_off_by_default() =>
        Convention.Holds(All().Where(entry => entry.Parameter.TypeName == "Boolean").Select(Named));

    [Fact]
    public void Positions_of_a_set_are_taken_once() =>
        Convention.Holds(product.Cmdlets.SelectMany(cmdlet => cmdlet.ParameterSets, (cmdlet, set) => (cmdlet, set))
            .Where(entry => entry.cmdlet.Parameters.Select(parameter => parameter.In(entry.set)?.Position).OfType<int>()
                .GroupBy(position => position).Any(group => group.Count() > 1))
            .Select(entry => $"{entry.cmdlet.Name} {entry.set}"));

    private CmdletShape? Find(string name) => product.Cmdlets.FirstOrDefault(cmdlet => cmdlet.Name == name);

    private IEnumerable<(CmdletShape Cmdlet, ParameterShape Parameter)> All() =>
        product.Cmdlets.SelectMany(cmdlet => cmdlet.Parameters, (cmdlet, parameter) => (cmdlet, parameter));

    private static string Named((CmdletShape Cmdlet, ParameterShape Parameter) entry) => $"{entry.Cmdlet.Name} -{entry.Parameter.Name}";
}
