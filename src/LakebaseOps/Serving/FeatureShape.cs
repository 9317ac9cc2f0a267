using System.Security.Cryptography;
using System.Text;

namespace LakebaseOps.Serving;

/// <summary>Hashes by which an object on the server is found again and known to be stale.</summary>
internal static class FeatureShape
{
    /// <summary>Names an object by the tables it is for: the same tables always mean the same object.</summary>
    public static string NameOf(string prefix, IEnumerable<FeatureTable> tables, Func<FeatureTable, int> group) =>
        prefix + Hash(tables.Select(table =>
            $"{table.Name.ToSql()} {TableName.Quote(table.Key.Name)} {group(table)}"));

    /// <summary>Changes with the tables' columns, and with the version of what is made from them.</summary>
    public static string Of(string version, IEnumerable<FeatureTable> tables, Func<FeatureTable, int> group) =>
        Hash(tables.Select(table => $"{table.Name.ToSql()} {group(table)} {Columns(table)}").Prepend(version));

    private static string Columns(FeatureTable table) => string.Join(',', table.Columns.Select(column =>
        $"{TableName.Quote(column.Name)} {column.Type} {column.IsCast}"));

    private static string Hash(IEnumerable<string> lines) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))), 0, 8).ToLowerInvariant();
}
