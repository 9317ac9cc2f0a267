using System.Reflection;
using System.Runtime.CompilerServices;

namespace LakebaseOps.Tests.Operations;

/// <summary>Lists of results are arrays whatever they were made of: PowerShell takes $list[0] of other read-only lists for the whole list.</summary>
public sealed class ResultListTests
{
    public static TheoryData<string> Lists =>
    [
        .. from type in typeof(BulkLoadResult).Assembly.GetExportedTypes()
           where type is { IsClass: true, IsAbstract: false } && !type.Name.EndsWith("Options", StringComparison.Ordinal)
           from property in type.GetProperties()
           where property is { CanWrite: true, PropertyType.IsGenericType: true } && property.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
           select $"{type.FullName}.{property.Name}",
    ];

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_list_can_be_indexed_in_PowerShell(string name)
    {
        int dot = name.LastIndexOf('.');
        Type type = typeof(BulkLoadResult).Assembly.GetType(name[..dot])!;
        PropertyInfo property = type.GetProperty(name[(dot + 1)..])!;
        object result = RuntimeHelpers.GetUninitializedObject(type);
        property.SetValue(result, Activator.CreateInstance(typeof(List<>).MakeGenericType(property.PropertyType.GenericTypeArguments)));
        Assert.True(property.GetValue(result)!.GetType().IsArray);
    }
}
