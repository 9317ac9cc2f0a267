using System.Globalization;
using System.Xml.Linq;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>The views of module/formats: one for each result, narrow enough for a console of 120 columns.</summary>
public sealed class ViewTests(Product product) : IClassFixture<Product>
{
    private static readonly XElement[] Views = [.. Directory.GetFiles(Product.At("module", "formats"), "*.Format.ps1xml")
        .SelectMany(file => XDocument.Load(file).Descendants("View"))];

    [Fact]
    public void Every_result_has_a_view()
    {
        HashSet<string> seen = [.. Views.SelectMany(view => view.Descendants("TypeName")).Select(name => name.Value)];
        Convention.Holds(product.Cmdlets.SelectMany(cmdlet => cmdlet.OutputTypes)
            .Select(type => type.FullName!)
            .Where(name => name.StartsWith("LakebaseOps.", StringComparison.Ordinal) && !seen.Contains(name)).Distinct());
    }

    [Fact]
    public void Views_are_of_types_that_exist()
    {
        // A serialized object (from a job or a remote session) shows under the same view.
        string[] named = [.. Views.SelectMany(view => view.Element("ViewSelectedBy")!.Descendants("TypeName"))
            .Select(name => name.Value.Replace("Deserialized.", "", StringComparison.Ordinal))];
        Convention.Holds(named.Where(name => name.StartsWith("LakebaseOps.", StringComparison.Ordinal) && product.Shared.GetType(name) is null));
    }

    [Fact]
    public void Tables_have_at_most_7_columns_and_120_characters()
    {
        List<string> wrong = [];
        foreach (XElement view in Views.Where(view => view.Element("TableControl") is not null))
        {
            XElement[] columns = [.. view.Element("TableControl")!.Element("TableHeaders")!.Elements("TableColumnHeader")];
            // A column without a width takes what is left; a dozen characters must be left for each of those.
            int width = columns.Sum(column => column.Element("Width") is { } fixedWidth ? int.Parse(fixedWidth.Value, CultureInfo.InvariantCulture) : 12)
                + columns.Length - 1;
            if (columns.Length > 7 || width > 120)
                wrong.Add($"{view.Element("Name")!.Value}: {columns.Length} columns, {width} characters");
        }

        Convention.Holds(wrong);
    }

    [Fact]
    public void Views_name_properties_that_exist()
    {
        List<string> wrong = [];
        foreach (XElement view in Views)
        {
            string name = view.Element("ViewSelectedBy")!.Element("TypeName")!.Value;
            if (product.Shared.GetType(name) is not { } type)
                continue;
            wrong.AddRange(view.Descendants("PropertyName").Select(property => property.Value)
                .Where(property => type.GetProperty(property) is null).Select(property => $"{name}.{property}"));
        }

        Convention.Holds(wrong);
    }
}
