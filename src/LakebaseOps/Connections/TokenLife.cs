using System.Net;
using System.Security;
using System.Text.Json;

namespace LakebaseOps.Connections;

/// <summary>When a secret that is an OAuth token (a JSON Web Token, RFC 7519) expires. Its signature is not looked at.</summary>
public static class TokenLife
{
    /// <summary>The end of its life; null when it is no such token, or says nothing about it.</summary>
    public static DateTimeOffset? EndOf(SecureString? secret)
    {
        if (secret is null || new NetworkCredential("", secret).Password.Split('.') is not [_, string claims, _])
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(Decode(claims));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("exp", out JsonElement end) && end.TryGetInt64(out long seconds)
                    ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                    : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or ArgumentOutOfRangeException or InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[] Decode(string text) =>
        Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}
