using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LakebaseOps.Dumps.Volumes;
using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>Fills a command's options record from the parameters of a workflow step, by name, as PowerShell would.</summary>
internal static class ParameterBinder
{
    private static readonly JsonSerializerOptions Json = new(RunFile.Json)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };

    /// <summary>The filled options, or what is wrong.</summary>
    /// <param name="command">The command.</param>
    /// <param name="parameters">Parameters with variables put in.</param>
    /// <param name="baseFolder">Folder that relative paths are relative to: that of the workflow file.</param>
    /// <param name="problems">Receives what is wrong, as message and remedy.</param>
    public static object? Bind(
        CommandDefinition command, JsonObject parameters, string baseFolder, List<(string Message, string Remedy)> problems)
    {
        Dictionary<string, PropertyInfo> known = command.Parameters.ToDictionary(
            property => property.Name, StringComparer.OrdinalIgnoreCase);
        JsonObject bound = [];
        foreach ((string name, JsonNode? value) in parameters)
        {
            if (!known.TryGetValue(name, out PropertyInfo? property))
            {
                problems.Add(($"{command.Name} has no parameter '{name}'.", NearestName.Remedy(name, known.Keys)));
                continue;
            }

            JsonNode? shaped = value?.DeepClone();
            if (IsList(property.PropertyType) && shaped is not (null or JsonArray))
                shaped = new JsonArray(shaped);
            if (property.Name is "Manifest" || property.Name.EndsWith("Path", StringComparison.Ordinal) || IsWorkloadFile(property, shaped))
                shaped = Rooted(shaped, baseFolder);
            bound[property.Name] = shaped;
        }

        foreach (PropertyInfo property in known.Values.Where(IsRequired).Where(property => !bound.ContainsKey(property.Name)))
            problems.Add(($"{command.Name} needs the parameter '{property.Name}'.", "Add it to the step's parameters."));
        if (problems.Count > 0)
            return null;
        return Deserialize(command, bound, known, problems);
    }

    // One parameter at a time first, so that the message names the one that is wrong.
    private static object? Deserialize(
        CommandDefinition command, JsonObject bound, Dictionary<string, PropertyInfo> known, List<(string, string)> problems)
    {
        foreach ((string name, JsonNode? value) in bound)
        {
            try
            {
                value.Deserialize(known[name].PropertyType, Json);
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
            {
                Type type = Nullable.GetUnderlyingType(known[name].PropertyType) ?? known[name].PropertyType;
                Type item = IsList(type) && type.IsGenericType ? type.GetGenericArguments()[0] : type;
                problems.Add((
                    $"The value of '{name}' does not fit {command.Name}: {value?.ToJsonString() ?? "null"}.",
                    item.IsEnum ? $"It may be {string.Join(", ", Enum.GetNames(item))}." : $"It takes a {item.Name}."));
            }
            catch (LakebaseException exception)
            {
                problems.Add((exception.Error.Message, exception.Error.Remedy ?? ""));
            }
        }

        return problems.Count > 0 ? null : bound.Deserialize(command.OptionsType, Json);
    }

    private static bool IsList(Type type) =>
        type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type)
        && !type.GetInterfaces().Append(type).Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>));

    private static bool IsWorkloadFile(PropertyInfo property, JsonNode? node) =>
        property.PropertyType == typeof(WorkloadReference)
        && node is JsonValue value && value.GetValueKind() == JsonValueKind.String
        && new WorkloadReference(value.GetValue<string>()).Path is not null;

    private static bool IsRequired(PropertyInfo property) =>
        property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null;

    private static JsonNode? Rooted(JsonNode? node, string folder) => node switch
    {
        JsonArray items => new JsonArray([.. items.Select(item => Rooted(item?.DeepClone(), folder))]),
        // The path - is standard input, which is in no folder, and a volume is on no disk.
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is var path && path != "-" && !VolumePath.Is(path) =>
            JsonValue.Create(Path.Combine(folder, path)),
        _ => node,
    };
}
