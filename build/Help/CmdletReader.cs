using System.Reflection;
using System.Runtime.InteropServices;

namespace LakebaseOps.Build.Help;

/// <summary>
/// Reads the cmdlets of an assembly from its metadata alone, so that it needs no PowerShell: the reference assembly of
/// System.Management.Automation beside this program stands in for the types that the host supplies.
/// </summary>
public sealed class CmdletReader : IDisposable
{
    private const string Automation = "System.Management.Automation";
    private readonly MetadataLoadContext _context;
    private readonly string _folder;

    /// <summary>Prepares to read assemblies of a folder, e.g. module/bin.</summary>
    public CmdletReader(string folder)
    {
        _folder = folder;
        // The module's own assemblies come first: it brings newer packages than this program runs on.
        Dictionary<string, string> paths = new(StringComparer.OrdinalIgnoreCase);
        IEnumerable<string> files = Directory.EnumerateFiles(folder, "*.dll")
            .Where(file => !Path.GetFileName(file).StartsWith(Automation, StringComparison.Ordinal))
            .Append(Path.Combine(AppContext.BaseDirectory, "reference", Automation + ".dll"))
            .Concat(Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll"));
        foreach (string file in files)
            paths.TryAdd(Path.GetFileNameWithoutExtension(file), file);
        _context = new MetadataLoadContext(new PathAssemblyResolver(paths.Values), typeof(object).Assembly.GetName().Name);
    }

    /// <summary>Another assembly of the folder, for looking only.</summary>
    public Assembly Load(string name) => _context.LoadFromAssemblyPath(Path.Combine(_folder, name + ".dll"));

    /// <summary>All cmdlets, by name.</summary>
    public IReadOnlyList<CmdletShape> Read() =>
        [.. Load("LakebaseOps.PowerShell").GetTypes()
            .Where(type => !type.IsAbstract && Find(type.GetCustomAttributesData(), "CmdletAttribute") is not null)
            .Select(Shape)
            .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];

    /// <inheritdoc />
    public void Dispose() => _context.Dispose();

    private static CmdletShape Shape(Type type)
    {
        CustomAttributeData cmdlet = Find(type.GetCustomAttributesData(), "CmdletAttribute")!;
        bool asks = Named<bool>(cmdlet, "SupportsShouldProcess");
        return new CmdletShape
        {
            Verb = (string)cmdlet.ConstructorArguments[0].Value!,
            Noun = (string)cmdlet.ConstructorArguments[1].Value!,
            Class = type,
            DefaultParameterSet = Named<string>(cmdlet, "DefaultParameterSetName"),
            SupportsShouldProcess = asks,
            ConfirmImpact = Named<int?>(cmdlet, "ConfirmImpact") switch { 0 => "None", 1 => "Low", 3 => "High", _ => "Medium" },
            OutputTypes = [.. All(type.GetCustomAttributesData(), "OutputTypeAttribute").SelectMany(OutputTypes)],
            Parameters = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => All(Attributes(property), "ParameterAttribute").Any())
                .Select(Parameter)
                .Concat(asks ? ShouldProcessParameters() : [])
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal)],
        };
    }

    private static IEnumerable<Type> OutputTypes(CustomAttributeData attribute) => attribute.ConstructorArguments
        .SelectMany(argument => argument.Value is IReadOnlyCollection<CustomAttributeTypedArgument> many
            ? many.Select(item => item.Value)
            : [argument.Value])
        .OfType<Type>();

    private static ParameterShape Parameter(PropertyInfo property)
    {
        IList<CustomAttributeData> attributes = Attributes(property);
        Type bare = Bare(property.PropertyType);
        Type element = bare.IsArray ? bare.GetElementType()! : bare;
        return new ParameterShape(property.Name, TypeName(property.PropertyType))
        {
            Type = property.PropertyType,
            Aliases = [.. Texts(Find(attributes, "AliasAttribute"))],
            Values = element.IsEnum ? [.. element.GetEnumNames()] : [.. Texts(Find(attributes, "ValidateSetAttribute"))],
            Wildcards = Find(attributes, "SupportsWildcardsAttribute") is not null,
            HasCompleter = attributes.Any(data => data.AttributeType.Name.Contains("Complet", StringComparison.Ordinal)),
            Uses = [.. All(attributes, "ParameterAttribute").Select(data => new ParameterUse(
                Named<string>(data, "ParameterSetName") ?? ParameterUse.EverySet)
            {
                Position = Named<int?>(data, "Position"),
                IsMandatory = Named<bool>(data, "Mandatory"),
                FromPipeline = Named<bool>(data, "ValueFromPipeline"),
                FromPipelineByPropertyName = Named<bool>(data, "ValueFromPipelineByPropertyName"),
                FromRemainingArguments = Named<bool>(data, "ValueFromRemainingArguments"),
            })],
        };
    }

    private static IEnumerable<ParameterShape> ShouldProcessParameters() =>
    [
        new("WhatIf", "SwitchParameter") { Aliases = ["wi"], Uses = [new ParameterUse(ParameterUse.EverySet)] },
        new("Confirm", "SwitchParameter") { Aliases = ["cf"], Uses = [new ParameterUse(ParameterUse.EverySet)] },
    ];

    private static IList<CustomAttributeData> Attributes(PropertyInfo property) => property.GetCustomAttributesData();

    private static Type Bare(Type type) => type.IsGenericType && type.GetGenericTypeDefinition().Name == "Nullable`1"
        ? type.GetGenericArguments()[0]
        : type;

    private static string TypeName(Type type)
    {
        type = Bare(type);
        if (type.IsArray)
            return TypeName(type.GetElementType()!) + "[]";
        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}[{string.Join(", ", type.GetGenericArguments().Select(TypeName))}]"
            : type.Name;
    }

    private static IEnumerable<string> Texts(CustomAttributeData? attribute) => attribute is null ? [] : attribute.ConstructorArguments
        .SelectMany(argument => argument.Value is IReadOnlyCollection<CustomAttributeTypedArgument> many
            ? many.Select(item => item.Value)
            : [argument.Value])
        .OfType<string>();

    private static CustomAttributeData? Find(IEnumerable<CustomAttributeData> attributes, string name) =>
        All(attributes, name).FirstOrDefault();

    private static IEnumerable<CustomAttributeData> All(IEnumerable<CustomAttributeData> attributes, string name) =>
        attributes.Where(data => data.AttributeType.Name == name);

    private static T? Named<T>(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value is { } value
            ? (T)value
            : default;
}
