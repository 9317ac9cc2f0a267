using System.Text;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Scripts that restore a dump with psql alone: whoever has the folder needs nothing of LakebaseOps.</summary>
internal static class RestoreScripts
{
    /// <summary>restore.sh, for bash.</summary>
    public static string Shell(DumpManifest manifest)
    {
        StringBuilder text = new(
            """
            #!/usr/bin/env bash
            # Restores this dump with psql into a database that exists and is empty:  bash restore.sh [database or connection string]
            # PGHOST, PGPORT, PGUSER, PGPASSWORD and so on say where it is. Stops at the first error; then drop the database and begin anew.
            # Roles must exist. To own everything yourself, take the lines with OWNER TO out of schema/*.sql.
            set -euo pipefail
            cd "$(dirname "$0")"
            database="${1:-${PGDATABASE:-}}"
            run() { psql -X -q -v ON_ERROR_STOP=1 -d "$database" "$@" > /dev/null; }

            """);
        if (HasObjects(manifest))
            text.Append("run -f schema/pre-data.sql\n");
        foreach ((ManifestTable table, ManifestChunk chunk) in Chunks(manifest))
        {
            string unpack = chunk.Codec switch { DumpCompression.Gzip => "gzip -dc", DumpCompression.Brotli => "brotli -dc", _ => "cat" };
            text.Append($"{unpack} {Bash(chunk.File)} | run -c {Bash($"COPY {Target(table)} FROM STDIN (FORMAT {Form(manifest)})")}\n");
        }

        if (HasObjects(manifest))
            text.Append("run -f schema/post-data.sql\n");
        return text.Append("run -c 'ANALYZE'\n").ToString().ReplaceLineEndings("\n");
    }

    /// <summary>restore.ps1, for PowerShell 7.</summary>
    public static string PowerShell(DumpManifest manifest)
    {
        StringBuilder text = new(
            """
            # Restores this dump with psql into a database that exists and is empty:  ./restore.ps1 [-Database name or connection string]
            # PGHOST, PGPORT, PGUSER, PGPASSWORD and so on say where it is. Stops at the first error; then drop the database and begin anew.
            # Roles must exist. To own everything yourself, take the lines with OWNER TO out of schema/*.sql.
            param([string] $Database = $env:PGDATABASE)
            $ErrorActionPreference = 'Stop'

            function Invoke-Psql {
                & psql -X -q -v ON_ERROR_STOP=1 -d "$Database" @args | Out-Null
                if ($LASTEXITCODE -ne 0) { throw "psql failed: $args" }
            }

            function Restore-Chunk([string] $File, [string] $Target, [string] $Format) {
                $source = [IO.File]::OpenRead((Join-Path -Path $PSScriptRoot -ChildPath $File))
                $plain = [IO.Path]::GetTempFileName()
                try {
                    $unpacked = if ($File.EndsWith('.gz')) { [IO.Compression.GZipStream]::new($source, 'Decompress') }
                    elseif ($File.EndsWith('.br')) { [IO.Compression.BrotliStream]::new($source, 'Decompress') }
                    else { $source }
                    $copy = [IO.File]::Create($plain)
                    try { $unpacked.CopyTo($copy) } finally { $copy.Dispose(); $unpacked.Dispose() }
                    Invoke-Psql -c "\copy $Target FROM '$plain' (FORMAT $Format)"
                }
                finally {
                    Remove-Item -LiteralPath $plain
                }
            }


            """);
        if (HasObjects(manifest))
            text.Append("Invoke-Psql -f (Join-Path -Path $PSScriptRoot -ChildPath schema/pre-data.sql)\n");
        foreach ((ManifestTable table, ManifestChunk chunk) in Chunks(manifest))
            text.Append($"Restore-Chunk {Literal(chunk.File)} {Literal(Target(table))} {Form(manifest)}\n");
        if (HasObjects(manifest))
            text.Append("Invoke-Psql -f (Join-Path -Path $PSScriptRoot -ChildPath schema/post-data.sql)\n");
        return text.Append("Invoke-Psql -c ANALYZE\n").ToString().ReplaceLineEndings("\n");
    }

    private static IEnumerable<(ManifestTable Table, ManifestChunk Chunk)> Chunks(DumpManifest manifest) =>
        manifest.Tables.SelectMany(table => table.Chunks.Select(chunk => (table, chunk)));

    private static bool HasObjects(DumpManifest manifest) => manifest.Selection.Content != DumpContent.DataOnly;

    private static string Form(DumpManifest manifest) => manifest.DataFormat == DumpDataFormat.Csv ? "csv" : "binary";

    private static string Target(ManifestTable table)
    {
        string columns = table.Columns.Count == 0 ? "" : $" ({string.Join(", ", table.Columns.Select(TableName.Quote))})";
        return new TableName(table.Schema, table.Name).ToSql() + columns;
    }

    private static string Bash(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
