using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LakebaseOps.Dumps.Folders;

/// <summary>
/// manifest.json as bytes. Its last field is the SHA-256 of all the rest, so that no byte of it can change unnoticed; the digits of
/// the seal count as zeros: <c>sed 's/"seal": "[0-9a-f]*"/"seal": "000…0"/' manifest.json | sha256sum</c>.
/// </summary>
internal static class ManifestText
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest.json";

    private const int Digits = 64;
    private static readonly byte[] Before = "\"seal\": \""u8.ToArray();
    private static readonly byte[] After = "\"\n}\n"u8.ToArray();

    /// <summary>How records of a dump are written as JSON.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // The file is read by people: no \u0022 for quotes of names.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The bytes of a manifest, sealed.</summary>
    public static byte[] Write(DumpManifest manifest)
    {
        string text = JsonSerializer.Serialize(manifest with { Seal = new string('0', Digits) }, Json);
        // Line ends within strings are escaped, so these are all of the layout.
        byte[] bytes = Encoding.UTF8.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal) + "\n");
        int at = bytes.Length - After.Length - Digits;
        string seal = Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();
        Encoding.ASCII.GetBytes(seal, bytes.AsSpan(at, Digits));
        return bytes;
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="LakebaseException">DumpDamaged: a byte of it has changed, or it is of a format not known here.</exception>
    public static DumpManifest Read(byte[] bytes, string path)
    {
        int at = bytes.Length - After.Length - Digits;
        if (at < Before.Length || !bytes.AsSpan(at - Before.Length).StartsWith(Before) || !bytes.AsSpan().EndsWith(After))
            throw DumpFault.Damaged(path, "it does not end with its seal");
        byte[] blank = [.. bytes];
        blank.AsSpan(at, Digits).Fill((byte)'0');
        string seal = Convert.ToHexString(SHA256.HashData(blank)).ToLowerInvariant();
        if (!bytes.AsSpan(at, Digits).SequenceEqual(Encoding.ASCII.GetBytes(seal)))
            throw DumpFault.Damaged(path, "its bytes do not match its seal");
        DumpManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<DumpManifest>(bytes, Json);
        }
        catch (JsonException exception)
        {
            throw DumpFault.Damaged(path, $"it is no manifest of a dump, or of one by a later version of LakebaseOps: {exception.Message}", exception);
        }

        if (manifest?.Format != DumpManifest.FormatName || manifest.Version is < 1 or > DumpManifest.NewestVersion)
            throw DumpFault.Damaged(path, $"its format is '{manifest?.Format}' {manifest?.Version}, which this version does not know");
        return manifest;
    }
}
