namespace LakebaseOps.Loading.Sources;

/// <summary>A file to load, and what a manifest says it must be.</summary>
/// <param name="Path">Its full path; <see cref="StandardInput"/> for what is sent into the process.</param>
internal sealed record LoadFile(string Path)
{
    /// <summary>Stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Rows it must hold.</summary>
    public long? Rows { get; init; }

    /// <summary>Bytes it must have on disk.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 of its bytes on disk, as hexadecimal digits.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>The files of one table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Files">The files, in the order they are loaded.</param>
internal sealed record TableFiles(TableName Table, IReadOnlyList<LoadFile> Files);
