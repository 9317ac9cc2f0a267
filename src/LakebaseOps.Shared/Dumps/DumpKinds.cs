namespace LakebaseOps;

/// <summary>How the files of a dump are packed.</summary>
public enum DumpCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip; any tool unpacks it.</summary>
    Gzip,

    /// <summary>Brotli; smaller than gzip at about the same speed, and PowerShell 7 unpacks it without another program.</summary>
    Brotli,

    /// <summary>Zstandard; the smallest and fastest of them. The program zstd unpacks it.</summary>
    Zstd,
}

/// <summary>The form of a dump's rows.</summary>
public enum DumpDataFormat
{
    /// <summary>COPY … (FORMAT binary): fastest, and every value exactly as the server holds it.</summary>
    Binary,

    /// <summary>COPY … (FORMAT csv) in UTF-8 without a header line: for other programs.</summary>
    Csv,
}

/// <summary>Who says what the database consists of.</summary>
public enum DumpMethod
{
    /// <summary>LakebaseOps itself, from the catalog; starts no other program.</summary>
    Managed,

    /// <summary>pg_dump of this machine, which must be at least as new as the server.</summary>
    PgDump,
}

/// <summary>What a dump carries.</summary>
public enum DumpContent
{
    /// <summary>Objects and rows.</summary>
    All,

    /// <summary>Objects without rows.</summary>
    SchemaOnly,

    /// <summary>Rows without objects.</summary>
    DataOnly,
}
