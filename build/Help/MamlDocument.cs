using System.Globalization;
using System.Xml.Linq;

namespace LakebaseOps.Build.Help;

/// <summary>Writes help in MAML, the form Get-Help reads for cmdlets of an assembly.</summary>
public static class MamlDocument
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly Dictionary<string, string> ShouldProcessTexts = new(StringComparer.Ordinal)
    {
        ["WhatIf"] = "Shows what the command would do, and does nothing.",
        ["Confirm"] = "Asks before the command does anything.",
    };

    /// <summary>The document of all cmdlets that have a page.</summary>
    public static XDocument Of(IEnumerable<(CmdletShape Cmdlet, HelpPage Page)> pages) => new(
        new XDeclaration("1.0", "utf-8", null),
        new XElement(Items + "helpItems", new XAttribute("schema", "maml"), pages.Select(entry => Item(entry.Cmdlet, entry.Page))));

    private static XElement Item(CmdletShape cmdlet, HelpPage page) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            new XElement(Maml + "description", new XElement(Maml + "para", string.Join(' ', PlainText.Paragraphs(page.Synopsis))))),
        new XElement(Maml + "description", Paragraphs(page.Description)),
        new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => Syntax(cmdlet, page, set))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(parameter => Parameter(parameter, parameter.Uses[0], page))),
        Types("inputTypes", "inputType", page.Inputs, "None"),
        Types("returnValues", "returnValue", page.Outputs, string.Join(", ", cmdlet.OutputTypes.Select(type => type.FullName))),
        new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", page.Links.Select(link => new XElement(
            Maml + "navigationLink", new XElement(Maml + "linkText", link.Text), new XElement(Maml + "uri", link.Address)))));

    private static XElement Syntax(CmdletShape cmdlet, HelpPage page, string set) => new(
        Command + "syntaxItem",
        new XElement(Maml + "name", cmdlet.Name),
        cmdlet.Parameters
            .Select(parameter => (Parameter: parameter, Use: parameter.In(set)))
            .Where(entry => entry.Use is not null)
            .OrderBy(entry => entry.Use!.Position ?? int.MaxValue)
            .ThenByDescending(entry => entry.Use!.IsMandatory)
            .ThenBy(entry => entry.Parameter.Name is "WhatIf" or "Confirm")
            .Select(entry => Parameter(entry.Parameter, entry.Use!, page)));

    private static XElement Parameter(ParameterShape parameter, ParameterUse use, HelpPage page) => new(
        Command + "parameter",
        new XAttribute("required", use.IsMandatory ? "true" : "false"),
        new XAttribute("variableLength", parameter.TypeName.EndsWith("[]", StringComparison.Ordinal) ? "true" : "false"),
        new XAttribute("globbing", parameter.Wildcards ? "true" : "false"),
        new XAttribute("pipelineInput", use.PipelineInput),
        new XAttribute("position", use.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Maml + "name", parameter.Name),
        new XElement(Maml + "description", Paragraphs(page.Parameters.GetValueOrDefault(parameter.Name)
            ?? ShouldProcessTexts.GetValueOrDefault(parameter.Name, "")), Choice(parameter)),
        parameter.IsSwitch ? null : Value(parameter),
        new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName), new XElement(Maml + "uri")),
        new XElement(Dev + "defaultValue", parameter.IsSwitch ? "False" : "None"));

    private static XElement Value(ParameterShape parameter) => new(
        Command + "parameterValue",
        new XAttribute("required", "true"),
        new XAttribute("variableLength", parameter.TypeName.EndsWith("[]", StringComparison.Ordinal) ? "true" : "false"),
        parameter.TypeName);

    private static XElement? Choice(ParameterShape parameter) => parameter.Values.Count == 0
        ? null
        : new XElement(Maml + "para", $"Possible values: {string.Join(", ", parameter.Values)}");

    private static XElement Types(string group, string item, string text, string otherwise)
    {
        // The first line names the type ("### LakebaseOps.LakebaseSandbox" or "LakebaseOps.LakebaseSandbox"), the rest tells about it.
        string[] lines = (text.Length == 0 ? otherwise : text).Split('\n', 2);
        return new XElement(Command + group, new XElement(
            Command + item,
            new XElement(Dev + "type", new XElement(Maml + "name", PlainText.Inline(lines[0].TrimStart('#', ' ')))),
            new XElement(Maml + "description", lines.Length > 1 ? Paragraphs(lines[1]) : null)));
    }

    private static XElement Example(HelpExample example, int index) => new(
        Command + "example",
        new XElement(Maml + "title", $"--- Example {index + 1}: {PlainText.Inline(example.Title)} ---"),
        new XElement(Maml + "introduction", new XElement(Maml + "para", "")),
        new XElement(Dev + "code", example.Code),
        // The empty line keeps the next example apart.
        new XElement(Dev + "remarks", Paragraphs(example.Text), new XElement(Maml + "para", "")));

    private static IEnumerable<XElement> Paragraphs(string markdown) =>
        PlainText.Paragraphs(markdown).Select(text => new XElement(Maml + "para", text));
}
