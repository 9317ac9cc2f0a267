using System.Text.Json;
using System.Text.Json.Serialization;

namespace LakebaseOps;

/// <summary>
/// What -Workload accepts: the name of a known workload (Fraud), the path of a workload file, or a workload. In JSON a
/// string or the workload itself.
/// </summary>
[JsonConverter(typeof(WorkloadReferenceConverter))]
public sealed record WorkloadReference
{
    /// <summary>A known workload by name, else the path of a file.</summary>
    public WorkloadReference(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        if (Enum.TryParse(nameOrPath, ignoreCase: true, out FeatureWorkload known) && Enum.IsDefined(known))
            Known = known;
        else
            Path = nameOrPath;
    }

    /// <summary>A workload.</summary>
    public WorkloadReference(LakebaseWorkload workload) =>
        Workload = workload ?? throw new ArgumentNullException(nameof(workload));

    /// <summary>A known workload.</summary>
    public FeatureWorkload? Known { get; }

    /// <summary>Path of a workload file.</summary>
    public string? Path { get; }

    /// <summary>A workload.</summary>
    public LakebaseWorkload? Workload { get; }

    /// <inheritdoc />
    public override string ToString() => Known?.ToString() ?? Path ?? Workload!.Name;
}

/// <summary>Reads and writes a <see cref="WorkloadReference"/> as JSON.</summary>
public sealed class WorkloadReferenceConverter : JsonConverter<WorkloadReference>
{
    /// <inheritdoc />
    public override WorkloadReference Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String when reader.GetString() is { Length: > 0 } text => new WorkloadReference(text),
            JsonTokenType.StartObject => new WorkloadReference(
                JsonSerializer.Deserialize<LakebaseWorkload>(ref reader, options)!),
            _ => throw new JsonException("A workload is the name of a known one, the path of a file, or an object."),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, WorkloadReference value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Workload is not null)
            JsonSerializer.Serialize(writer, value.Workload, options);
        else
            writer.WriteStringValue(value.ToString());
    }
}
