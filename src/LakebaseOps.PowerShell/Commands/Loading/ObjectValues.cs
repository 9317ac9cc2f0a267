using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Takes objects of the pipeline apart into named values that know nothing of PowerShell.</summary>
internal static class ObjectValues
{
    // What nests deeper holds itself; the load says so, as it does of too deep JSON.
    private const int Deepest = 120;

    /// <summary>Properties of an object, or entries of a hashtable.</summary>
    public static IEnumerable<(string Name, object? Value)> Of(PSObject item)
    {
        if (item.BaseObject is IDictionary entries)
        {
            foreach (DictionaryEntry entry in entries)
                yield return (entry.Key.ToString() ?? "", Plain(entry.Value, 0));
            yield break;
        }

        foreach (PSPropertyInfo property in item.Properties)
        {
            if (property.IsGettable)
                yield return (property.Name, Plain(property.Value, 0));
        }
    }

    /// <summary>A value without PowerShell's wrapping, in its parts too; a custom object becomes a dictionary.</summary>
    private static object? Plain(object? value, int depth)
    {
        object? bare = value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;
        if (depth == Deepest)
            return bare;
        switch (bare)
        {
            case PSObject custom:
                OrderedDictionary properties = [];
                foreach (PSPropertyInfo property in custom.Properties)
                    properties[property.Name] = Plain(property.Value, depth + 1);
                return properties;
            case IDictionary entries:
                OrderedDictionary plain = [];
                foreach (DictionaryEntry entry in entries)
                    plain[entry.Key is PSObject key ? key.BaseObject : entry.Key] = Plain(entry.Value, depth + 1);
                return plain;
            // Arrays of numbers and the like hold no wrapped values.
            case object?[] or ArrayList or IList<object?> or IList<PSObject>:
                List<object?> items = [];
                foreach (object? item in (IEnumerable)bare)
                    items.Add(Plain(item, depth + 1));
                return items;
            default:
                return bare;
        }
    }
}
