using System.Text.Json;
using System.Text.Json.Serialization;

namespace LakebaseOps;

/// <summary>
/// The key of one request: a text when it has one entity, or a key for each entity. In JSON a string or an object.
/// </summary>
[JsonConverter(typeof(FeatureKeyConverter))]
public sealed record FeatureKey
{
    /// <summary>The key of a request with one entity.</summary>
    public FeatureKey(string text) => Text = text ?? throw new ArgumentNullException(nameof(text));

    /// <summary>A key for each entity by the entity's name.</summary>
    public FeatureKey(IReadOnlyDictionary<string, string> byEntity) =>
        ByEntity = byEntity ?? throw new ArgumentNullException(nameof(byEntity));

    /// <summary>The key of a request with one entity, else null.</summary>
    public string? Text { get; }

    /// <summary>The keys by entity of a request with several, else null.</summary>
    public IReadOnlyDictionary<string, string>? ByEntity { get; }

    /// <summary>True when names that are no entity may stand among the keys, as in a row of a file.</summary>
    public bool PassesOthersOver { get; init; }

    /// <summary>A text as key.</summary>
    public static implicit operator FeatureKey(string text) => new(text);

    /// <inheritdoc />
    public override string ToString() =>
        Text ?? string.Join(", ", ByEntity!.Select(entry => $"{entry.Key} = {entry.Value}"));
}

/// <summary>Reads and writes a <see cref="FeatureKey"/> as JSON.</summary>
public sealed class FeatureKeyConverter : JsonConverter<FeatureKey>
{
    /// <inheritdoc />
    public override FeatureKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new FeatureKey(reader.GetString()!),
            JsonTokenType.Number => new FeatureKey(JsonElement.ParseValue(ref reader).GetRawText()),
            JsonTokenType.StartObject => new FeatureKey(JsonElement.ParseValue(ref reader).EnumerateObject()
                .ToDictionary(entry => entry.Name, entry => entry.Value.ToString())),
            _ => throw new JsonException("A key is a string, or an object with a key for each entity."),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, FeatureKey value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Text is not null)
            writer.WriteStringValue(value.Text);
        else
            JsonSerializer.Serialize(writer, value.ByEntity, options);
    }
}
