namespace LakebaseOps.Dumps.Volumes;

/// <summary>
/// A folder of a Unity Catalog volume in the notation of the Databricks CLI: dbfs:/Volumes/catalog/schema/volume/folder. Without dbfs: it is a
/// folder of this machine, as on Databricks compute.
/// </summary>
public sealed class VolumePath
{
    private const string Scheme = "dbfs:";
    private const int RootParts = 4;

    private readonly string[] _parts;

    private VolumePath(string[] parts) => _parts = parts;

    /// <summary>The path of the folder in the API, which is without scheme.</summary>
    internal string Folder => "/" + string.Join('/', _parts);

    /// <summary>The path of the volume itself.</summary>
    internal string Volume => "/" + string.Join('/', _parts.Take(RootParts));

    /// <summary>True for a path that is not one of this machine.</summary>
    public static bool Is(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a path.</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static VolumePath Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] parts = path[Math.Min(path.Length, Scheme.Length)..].TrimEnd('/').Split('/') is ["", .. string[] rest] ? rest : [];
        if (!Is(path) || parts.Length <= RootParts || parts[0] != "Volumes" || parts.Any(part => part is "" or "." or ".." || part.Any(char.IsControl)))
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'{path}' is not a folder of a volume.")
            { Target = path, Remedy = "Write dbfs:/Volumes/<catalog>/<schema>/<volume>/<folder>." }.ToException();
        }

        return new VolumePath(parts);
    }

    /// <inheritdoc />
    public override string ToString() => Scheme + Folder;
}
