namespace LakebaseOps;

/// <summary>A part of a load's input that is, or will be, one transaction.</summary>
public sealed record LakebaseChunk
{
    /// <summary>Number of the file within the load, from 0; 0 where there are no files.</summary>
    public int Input { get; init; }

    /// <summary>First byte of the file's text, or first row.</summary>
    public long From { get; init; }

    /// <summary>Behind the last byte or row.</summary>
    public long To { get; init; }

    /// <summary>"Loaded", or "Pending": cut, and not loaded or just being loaded.</summary>
    public required string Status { get; init; }

    /// <summary>Rows that went in.</summary>
    public long Rows { get; init; }

    /// <summary>Rows that were refused.</summary>
    public long Rejected { get; init; }

    /// <summary>Bytes of input, or sent where nothing was read.</summary>
    public long Bytes { get; init; }

    /// <summary>Binary, Text, or Mixed: binary but for a few rows. Null while pending.</summary>
    public string? Encoding { get; init; }

    /// <summary>Order-free content hash (hexadecimal) of the rows as sent. Null while pending.</summary>
    public string? ContentHash { get; init; }

    /// <summary>Machine and process that loaded it. Null while pending.</summary>
    public string? Loader { get; init; }

    /// <summary>When it was loaded (UTC). Null while pending.</summary>
    public DateTimeOffset? LoadedAt { get; init; }
}
