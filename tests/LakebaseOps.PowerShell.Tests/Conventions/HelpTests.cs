using System.Xml.Linq;
using LakebaseOps.Build.Help;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>The pages of module/help/en-US say everything about every cmdlet.</summary>
public sealed class HelpTests(Product product) : IClassFixture<Product>
{
    private static readonly string Folder = Product.At("module", "help", "en-US");

    [Fact]
    public void Every_cmdlet_has_a_page_and_every_page_a_cmdlet() => Convention.Same(
        "the cmdlets", product.Cmdlets.Select(cmdlet => cmdlet.Name),
        "the pages", Directory.GetFiles(Folder, "*-*.md").Select(file => Path.GetFileNameWithoutExtension(file)));

    [Fact]
    public void Pages_have_synopsis_description_and_three_examples()
    {
        List<string> wrong = [];
        foreach (HelpPage page in Pages().Select(entry => entry.Page))
        {
            if (page.Synopsis.Length is 0 or > 160)
                wrong.Add($"{page.Name}: SYNOPSIS of {page.Synopsis.Length} characters");
            if (page.Description.Length == 0)
                wrong.Add($"{page.Name}: DESCRIPTION");
            if (page.Examples.Count < 3)
                wrong.Add($"{page.Name}: {page.Examples.Count} EXAMPLES");
            wrong.AddRange(page.Examples.Where(example => example.Code.Length == 0 || example.Text.Length == 0 || example.Title.Length == 0)
                .Select(example => $"{page.Name}: example '{example.Title}' lacks title, code or text"));
            if (page.Outputs.Length == 0)
                wrong.Add($"{page.Name}: OUTPUTS");
        }

        Convention.Holds(wrong);
    }

    [Fact]
    public void Every_parameter_is_described_and_no_other()
    {
        List<string> wrong = [];
        foreach ((CmdletShape cmdlet, HelpPage page) in Pages())
        {
            string[] own = [.. cmdlet.Parameters.Select(parameter => parameter.Name).Where(name => name is not ("WhatIf" or "Confirm"))];
            wrong.AddRange(own.Where(name => string.IsNullOrWhiteSpace(page.Parameters.GetValueOrDefault(name))).Select(name => $"{cmdlet.Name} -{name} is not described"));
            wrong.AddRange(page.Parameters.Keys.Where(name => name is not ("WhatIf" or "Confirm" or "CommonParameters"))
                .Except(own, StringComparer.OrdinalIgnoreCase).Select(name => $"{cmdlet.Name} has no -{name}"));
        }

        Convention.Holds(wrong);
    }

    [Fact]
    public void Examples_use_the_command_and_parameters_that_exist()
    {
        List<string> wrong = [];
        foreach ((CmdletShape cmdlet, HelpPage page) in Pages())
        {
            foreach (HelpExample example in page.Examples)
                wrong.AddRange(ExampleCode.Problems(example.Code, product.Cmdlets).Select(problem => $"{cmdlet.Name}, '{example.Title}': {problem}"));
            if (!page.Examples.Any(example => example.Code.Contains(cmdlet.Name, StringComparison.OrdinalIgnoreCase)))
                wrong.Add($"{cmdlet.Name} is in none of its examples");
        }

        Convention.Holds(wrong);
    }

    [Fact]
    public void Code_in_topics_and_readme_uses_parameters_that_exist()
    {
        string[] files = [.. Directory.GetFiles(Folder, "about_*.md"), Product.At("README.md")];
        Convention.Holds(files.SelectMany(file => ExampleCode.Blocks(File.ReadAllText(file))
            .SelectMany(code => ExampleCode.Problems(code, product.Cmdlets))
            .Select(problem => $"{Path.GetFileName(file)}: {problem}")));
    }

    [Fact]
    public void Every_error_id_is_once_in_the_topic_of_errors()
    {
        string topic = ErrorIdList.Insert(File.ReadAllText(Path.Combine(Folder, "about_LakebaseOps_Errors.md")));
        foreach (string id in typeof(ErrorIds).GetFields().Select(field => (string)field.GetRawConstantValue()!))
            Assert.Single(topic.Split('\n'), line => line.Contains($"`{id}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Error_ids_are_unique_and_bear_the_name_of_their_constant()
    {
        string[] ids = [.. typeof(ErrorIds).GetFields().Select(field => (string)field.GetRawConstantValue()!)];
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(typeof(ErrorIds).GetFields(), field => Assert.Equal($"LakebaseOps.{field.Name}", (string)field.GetRawConstantValue()!));
    }

    [Fact]
    public void Pages_become_help_of_every_parameter()
    {
        XDocument document = MamlDocument.Of(Pages());
        XNamespace command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
        Assert.Equal(Pages().Count, document.Root!.Elements(command + "command").Count());
        Assert.Equal(
            Pages().Sum(entry => entry.Cmdlet.Parameters.Count),
            document.Descendants(command + "parameters").Elements(command + "parameter").Count());
    }

    private IReadOnlyList<(CmdletShape Cmdlet, HelpPage Page)> Pages() => [.. product.Cmdlets
        .Select(cmdlet => (cmdlet, Path: Path.Combine(Folder, cmdlet.Name + ".md")))
        .Where(entry => File.Exists(entry.Path))
        .Select(entry => (entry.cmdlet, HelpPage.Read(entry.Path)))];
}
