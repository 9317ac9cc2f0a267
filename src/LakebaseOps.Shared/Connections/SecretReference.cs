using System.Data.Common;
using System.Security;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LakebaseOps;

/// <summary>
/// Names a place that holds a secret, for texts that must not hold it themselves: <c>{"env": "NAME"}</c> or
/// <c>{"file": "PATH"}</c>.
/// </summary>
/// <param name="Env">An environment variable.</param>
/// <param name="File">A file, of which leading and trailing white space is dropped.</param>
public sealed record SecretReference(string? Env, string? File)
{
    private static readonly string[] SecretKeys = ["password", "psw", "pwd", "sslpassword"];

    /// <summary>The secret itself.</summary>
    /// <exception cref="LakebaseException">SecretNotFound, InvalidArgument.</exception>
    public SecureString Resolve()
    {
        if (Env is null == File is null)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                "A secret names either an environment variable or a file.")
            { Remedy = "Write {\"env\": \"NAME\"} or {\"file\": \"PATH\"}." }.ToException();
        }

        string? secret;
        try
        {
            secret = Env is not null ? Environment.GetEnvironmentVariable(Env)
                : System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File!).Trim() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Missing(exception);
        }

        if (string.IsNullOrEmpty(secret))
            throw Missing(null);
        SecureString result = new();
        foreach (char character in secret)
            result.AppendChar(character);
        result.MakeReadOnly();
        return result;
    }

    /// <summary>Refuses a connection string that holds a secret: it would lie in the text of a workflow.</summary>
    /// <exception cref="LakebaseException">SecretInWorkflow.</exception>
    public static void RefuseLiteral(string? connectionString)
    {
        if (string.IsNullOrEmpty(connectionString))
            return;
        DbConnectionStringBuilder parts = [];
        try
        {
            parts.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            // Not of a connection string's form; whoever connects with it says so.
            return;
        }

        if (parts.Keys.Cast<string>().Any(key => SecretKeys.Contains(key.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant())))
            throw InWorkflow();
    }

    /// <inheritdoc />
    public override string ToString() => Env is not null ? $"environment variable {Env}" : $"file '{File}'";

    internal static LakebaseException InWorkflow() =>
        new LakebaseError(ErrorIds.SecretInWorkflow, LakebaseErrorKind.InvalidArgument,
            "A workflow's text must not hold a password or token.")
        { Remedy = "Write \"Secret\": {\"env\": \"NAME\"} or \"Secret\": {\"file\": \"PATH\"}." }.ToException();

    private LakebaseException Missing(Exception? cause) =>
        new LakebaseError(ErrorIds.SecretNotFound, LakebaseErrorKind.NotFound, $"There is no secret in {this}.")
        { Target = ToString(), Cause = cause, Remedy = "Put it there before this runs." }.ToException();
}

/// <summary>Reads a secret from JSON by reference alone, and never writes one.</summary>
public sealed class SecretConverter : JsonConverter<SecureString>
{
    /// <inheritdoc />
    public override SecureString? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw SecretReference.InWorkflow();
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        string? env = null;
        string? file = null;
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            string? text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
            if (property.Name.Equals("env", StringComparison.OrdinalIgnoreCase))
                env = text;
            else if (property.Name.Equals("file", StringComparison.OrdinalIgnoreCase))
                file = text;
            else
                throw new JsonException($"A secret has no property '{property.Name}': write env or file.");
        }

        return new SecretReference(env, file).Resolve();
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, SecureString value, JsonSerializerOptions options) =>
        (writer ?? throw new ArgumentNullException(nameof(writer))).WriteNullValue();
}

/// <summary>Reads a connection string from JSON unless it holds a secret, and never writes one that does.</summary>
public sealed class ConnectionStringConverter : JsonConverter<string>
{
    /// <inheritdoc />
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.GetString();
        SecretReference.RefuseLiteral(text);
        return text;
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        SecretReference.RefuseLiteral(value);
        writer.WriteStringValue(value);
    }
}
