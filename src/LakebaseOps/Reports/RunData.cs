using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LakebaseOps.Workflows;

namespace LakebaseOps.Reports;

/// <summary>
/// A run as a report embeds it: run.json with lists of like objects turned into columns, so that names of properties
/// and repeated texts stand once. Reading gives back the same record.
/// </summary>
internal static class RunData
{
    private const string Columns = "$columns";
    private const string Values = "$values";
    private const string Places = "$at";

    private static readonly JsonSerializerOptions Compact = new(RunFile.Json)
    {
        WriteIndented = false,
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>The run as text that is safe inside a script element: the encoder writes &lt;, &gt; and &amp; as escapes.</summary>
    public static string Write(RunRecord run) => Pack(JsonSerializer.SerializeToNode(run, Compact))!.ToJsonString(Compact);

    /// <summary>The run of such a text.</summary>
    /// <exception cref="JsonException">The text is no run record.</exception>
    public static RunRecord Read(string text)
    {
        try
        {
            return Unpack(JsonNode.Parse(text)).Deserialize<RunRecord>(Compact) ?? throw new JsonException("the data are null");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or NullReferenceException or FormatException)
        {
            throw new JsonException("the columns of the data do not fit together", exception);
        }
    }

    private static JsonNode? Pack(JsonNode? node) => node switch
    {
        JsonObject own => new JsonObject(own.Select(property => KeyValuePair.Create(property.Key, Pack(property.Value)))),
        JsonArray list when IsTable(list) => new JsonObject
        {
            [Columns] = new JsonObject(list[0]!.AsObject().Select(first =>
                KeyValuePair.Create(first.Key, Column([.. list.Select(row => Pack(row![first.Key]))])))),
        },
        JsonArray list => new JsonArray([.. list.Select(Pack)]),
        _ => node?.DeepClone(),
    };

    private static bool IsTable(JsonArray list)
    {
        if (list.Count < 3 || list[0] is not JsonObject { Count: > 0 } first)
            return false;
        string[] names = [.. first.Select(property => property.Key)];
        return list.All(row => row is JsonObject own && own.Select(property => property.Key).SequenceEqual(names));
    }

    /// <summary>A column; texts that come often are listed once and pointed at.</summary>
    private static JsonNode? Column(JsonNode?[] values)
    {
        string[] texts = [.. values.Select(value => value?.ToJsonString(Compact) ?? "null")];
        string[] distinct = [.. texts.Distinct()];
        // A place takes about three characters.
        if (distinct.Sum(text => text.Length) + (3 * texts.Length) + 20 >= texts.Sum(text => text.Length))
            return new JsonArray(values);
        Dictionary<string, int> place = distinct.Select((text, at) => (text, at)).ToDictionary();
        return new JsonObject
        {
            [Values] = new JsonArray([.. distinct.Select(text => JsonNode.Parse(text))]),
            [Places] = new JsonArray([.. texts.Select(text => (JsonNode)place[text])]),
        };
    }

    private static JsonNode? Unpack(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } table when table[Columns] is JsonObject columns:
                (string Name, JsonNode?[] Values)[] lists = [.. columns.Select(column => (column.Key, Listed(column.Value)))];
                return new JsonArray(
                [
                    .. Enumerable.Range(0, lists[0].Values.Length).Select(row => new JsonObject(
                        lists.Select(list => KeyValuePair.Create(list.Name, Unpack(list.Values[row]))))),
                ]);
            case JsonObject own:
                return new JsonObject(own.Select(property => KeyValuePair.Create(property.Key, Unpack(property.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(Unpack)]);
            default:
                return node?.DeepClone();
        }
    }

    private static JsonNode?[] Listed(JsonNode? column) => column is JsonObject pointed
        ? [.. pointed[Places]!.AsArray().Select(place => pointed[Values]![(int)place!])]
        : [.. column!.AsArray()];
}
