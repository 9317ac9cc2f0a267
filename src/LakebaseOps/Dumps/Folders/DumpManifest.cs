using System.Text.Json.Serialization;

namespace LakebaseOps.Dumps.Folders;

/// <summary>What manifest.json says: everything that is in a dump, where it came from, and how to know that it is whole.</summary>
internal sealed record DumpManifest
{
    /// <summary>What <see cref="Format"/> is.</summary>
    public const string FormatName = "LakebaseOps dump";

    /// <summary>The newest format that is understood here. The first knows no <see cref="ManifestTable.Masks"/>, and is written where none are needed.</summary>
    public const int NewestVersion = 2;

    /// <summary>Says what kind of file it is.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the format.</summary>
    public required int Version { get; init; }

    /// <summary>What wrote it, with its version.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was completed (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where it was taken from.</summary>
    public required ManifestSource Source { get; init; }

    /// <summary>True when all rows are of one snapshot.</summary>
    public required bool Consistent { get; init; }

    /// <summary>Who read the objects.</summary>
    public required DumpMethod Method { get; init; }

    /// <summary>What was asked for.</summary>
    public required ManifestSelection Selection { get; init; }

    /// <summary>Form of the rows.</summary>
    public required DumpDataFormat DataFormat { get; init; }

    /// <summary>How chunks are packed.</summary>
    public required DumpCompression Compression { get; init; }

    /// <summary>Tables with their chunks.</summary>
    public required IReadOnlyList<ManifestTable> Tables { get; init; }

    /// <summary>Objects, in the order they are made in.</summary>
    public required IReadOnlyList<ManifestObject> Objects { get; init; }

    /// <summary>All other files.</summary>
    public required IReadOnlyList<ManifestFile> Files { get; init; }

    /// <summary>What exists at the source and is not carried, one line each with the reason.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>SHA-256 of this file with the digits of the seal itself written as zeros.</summary>
    [JsonPropertyOrder(int.MaxValue)]
    public string Seal { get; init; } = "";
}

/// <summary>The database that was dumped.</summary>
internal sealed record ManifestSource
{
    /// <summary>Host or socket folder.</summary>
    public required string Host { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>Database.</summary>
    public required string Database { get; init; }

    /// <summary>The server's version as it says it.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The database's encoding; rows and texts of the dump are in UTF-8.</summary>
    public required string Encoding { get; init; }

    /// <summary>The snapshot as pg_current_snapshot wrote it; of an inconsistent dump, the last.</summary>
    public required string Snapshot { get; init; }

    /// <summary>Place in the log when the snapshot was taken; null on a standby that has none.</summary>
    public string? Lsn { get; init; }

    /// <summary>When the snapshot was taken (UTC, the server's clock).</summary>
    public required DateTimeOffset TakenAt { get; init; }
}

/// <summary>What was asked for.</summary>
internal sealed record ManifestSelection
{
    /// <summary>Objects, rows or both.</summary>
    public required DumpContent Content { get; init; }

    /// <summary>Wildcards of schemas; empty for all.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>Wildcards of tables; empty for all.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];
}
