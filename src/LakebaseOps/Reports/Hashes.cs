using System.Security.Cryptography;
using System.Text;

namespace LakebaseOps.Reports;

/// <summary>SHA-256 of texts as UTF-8.</summary>
internal static class Hashes
{
    /// <summary>Lower-case hexadecimal.</summary>
    public static string Hex(string text) => Hex(Encoding.UTF8.GetBytes(text));

    /// <summary>Lower-case hexadecimal.</summary>
    public static string Hex(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    /// <summary>As a content security policy names it.</summary>
    public static string Policy(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
