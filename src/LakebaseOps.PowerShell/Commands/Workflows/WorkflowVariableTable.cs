using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Reads -Variable.</summary>
internal static class WorkflowVariableTable
{
    /// <summary>The table's values as texts that do not depend on the culture.</summary>
    public static Dictionary<string, string> Texts(Hashtable? table) => table?.Cast<DictionaryEntry>().ToDictionary(
        entry => entry.Key.ToString()!,
        entry => (entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value) switch
        {
            bool truth => truth ? "true" : "false",
            var value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        },
        StringComparer.OrdinalIgnoreCase) ?? [];
}
