using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Turns what -Key accepts into the keys of requests.</summary>
internal static class FeatureKeys
{
    /// <summary>The requests that an item means.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: columns of keys of different lengths.</exception>
    public static IEnumerable<FeatureKey> Of(PSObject item) => item.BaseObject switch
    {
        FeatureKey key => [key],
        string or IFormattable => [new FeatureKey(Text(item.BaseObject))],
        IDictionary entries => Columns(entries),
        _ => [new FeatureKey(Row(item)) { PassesOthersOver = true }],
    };

    // A hashtable of single keys is one request; with arrays of keys it is one request for each place in the arrays.
    private static IEnumerable<FeatureKey> Columns(IDictionary entries)
    {
        (string Entity, IReadOnlyList<object?>? Keys, object? Key)[] columns =
        [
            .. entries.Cast<DictionaryEntry>().Select(entry => (
                Text(entry.Key),
                Bare(entry.Value) is IList { } list ? (IReadOnlyList<object?>?)[.. list.Cast<object?>()] : null,
                Bare(entry.Value))),
        ];
        int[] lengths = [.. columns.Where(column => column.Keys is not null).Select(column => column.Keys!.Count).Distinct()];
        if (lengths.Length > 1)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                $"-Key has arrays of different lengths: {string.Join(", ", columns.Select(column => $"{column.Entity} {column.Keys?.Count ?? 1}"))}.")
            { Target = "Key", Remedy = "Give as many keys for each entity, or one key that all requests share." }.ToException();
        }

        for (int request = 0; request < (lengths.Length == 0 ? 1 : lengths[0]); request++)
            yield return new FeatureKey(columns.ToDictionary(column => column.Entity, column => Text(column.Keys is null ? column.Key : column.Keys[request])));
    }

    private static Dictionary<string, string> Row(PSObject item)
    {
        Dictionary<string, string> row = new(StringComparer.OrdinalIgnoreCase);
        foreach (PSPropertyInfo property in item.Properties)
        {
            if (property.IsGettable && Bare(property.Value) is string or IFormattable)
                row[property.Name] = Text(property.Value);
        }

        return row;
    }

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Text(object? value) => Bare(value) switch
    {
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        object other => other.ToString() ?? "",
        null => "",
    };
}
