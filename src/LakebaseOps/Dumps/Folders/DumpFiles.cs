using System.Globalization;
using System.Text;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Reports;

namespace LakebaseOps.Dumps.Folders;

/// <summary>Names of the files of a dump, which any file system takes.</summary>
internal static class DumpFiles
{
    /// <summary>The folder of rows.</summary>
    public const string Data = "data";

    private const int MaxLength = 100;
    private static readonly string[] Devices = ["con", "prn", "aux", "nul", "com", "lpt"];

    /// <summary>The file of a section's statements.</summary>
    public static string Of(DumpSection section) => section == DumpSection.PreData ? "schema/pre-data.sql" : "schema/post-data.sql";

    /// <summary>A chunk's file.</summary>
    public static string Chunk(string folder, int number, DumpDataFormat format, DumpCompression codec, string mark = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{Data}/{folder}/{number:0000}{mark}.{(format == DumpDataFormat.Csv ? "csv" : "copy")}{Suffix(codec)}");

    /// <summary>
    /// A folder for each table: schema.table with every other character than letters, digits, _ and - as %XX of its UTF-8, cut when
    /// long, and told apart where a file system that ignores case would not.
    /// </summary>
    public static IReadOnlyDictionary<TableName, string> Folders(IEnumerable<TableName> tables)
    {
        Dictionary<TableName, string> folders = [];
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        foreach (TableName table in tables)
        {
            string name = $"{Safe(table.Schema)}.{Safe(table.Name)}";
            if (Devices.Any(device => name.StartsWith(device, StringComparison.OrdinalIgnoreCase)))
                name = "_" + name;
            if (name.Length > MaxLength)
                name = $"{name[..MaxLength]}~{Hashes.Hex(table.ToSql())[..8]}";
            string free = name;
            for (int number = 2; !taken.Add(free); number++)
                free = string.Create(CultureInfo.InvariantCulture, $"{name}~{number}");
            folders.Add(table, free);
        }

        return folders;
    }

    /// <summary>The path on this machine of a file of a dump.</summary>
    /// <exception cref="LakebaseException">DumpDamaged: the name leads out of the dump's folder.</exception>
    public static string Resolve(string folder, string name)
    {
        if (name.Length == 0 || Path.IsPathRooted(name) || name.Contains(':', StringComparison.Ordinal)
            || name.Split('/', '\\').Any(part => part is "" or "." or ".."))
            throw DumpFault.Damaged(Path.Combine(folder, ManifestText.FileName), $"it names the file '{name}', which is not within the dump");
        return Path.Combine(folder, name.Replace('/', Path.DirectorySeparatorChar));
    }

    private static string Suffix(DumpCompression codec) => codec switch
    {
        DumpCompression.Gzip => ".gz",
        DumpCompression.Brotli => ".br",
        DumpCompression.Zstd => ".zst",
        _ => "",
    };

    private static string Safe(string name)
    {
        StringBuilder text = new();
        foreach (byte one in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'_' or (byte)'-')
                text.Append((char)one);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }

        return text.ToString();
    }
}
