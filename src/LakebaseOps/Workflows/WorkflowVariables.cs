using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LakebaseOps.Workflows;

/// <summary>Puts <c>${name}</c> variables into the strings of a workflow. Never reads the environment: secrets go by reference.</summary>
internal sealed partial class WorkflowVariables(IReadOnlyDictionary<string, string> values)
{
    /// <summary>Names used in the file that have no value.</summary>
    public SortedSet<string> Missing { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The node with its variables put in. A string that is one variable and nothing else becomes a number or a truth
    /// value when the variable's text is one.
    /// </summary>
    public JsonNode? Expand(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Expand(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Expand)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Expand(value.GetValue<string>()),
        _ => node?.DeepClone(),
    };

    private JsonValue Expand(string text)
    {
        string expanded = Variable().Replace(text, match =>
        {
            if (values.TryGetValue(match.Groups[1].Value, out string? value))
                return value;
            Missing.Add(match.Groups[1].Value);
            return match.Value;
        });
        if (Variable().Match(text) is { Success: true } only && only.Length == text.Length && Literal().IsMatch(expanded))
            return (JsonValue)JsonNode.Parse(expanded)!;
        return JsonValue.Create(expanded);
    }

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(true|false|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)$")]
    private static partial Regex Literal();
}
