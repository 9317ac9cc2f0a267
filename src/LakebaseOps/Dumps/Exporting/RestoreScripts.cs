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

            """.ReplaceLineEndings("\n"));
        if (manifest.DataFormat == DumpDataFormat.Csv)
        {
            text.Append(
                """
                # psql ends its input at a line of \. even within a value. Behind quotes that end and begin again it means the same and is no such line.
                guard() { LC_ALL=C sed 's/^\\\.\('$'\r''\{0,1\}\)$/"\\."\1/'; }

                """.ReplaceLineEndings("\n"));
        }

        foreach (string program in Programs(manifest))
            text.Append($"command -v {program} > /dev/null || {{ echo 'The program {program} is needed to unpack this dump.' >&2; exit 1; }}\n");
        if (HasObjects(manifest))
            text.Append("run -f schema/pre-data.sql\n");
        foreach ((ManifestTable table, ManifestChunk chunk) in Chunks(manifest))
        {
            string unpack = chunk.Codec == DumpCompression.None ? "cat" : $"{Program(chunk.Codec)} -dc";
            text.Append($"{unpack} {Bash(chunk.File)} | {(manifest.DataFormat == DumpDataFormat.Csv ? "guard | " : "")}run -c {Bash($"COPY {Target(table)} FROM STDIN (FORMAT {Form(manifest)})")}\n");
        }

        if (HasObjects(manifest))
            text.Append("run -f schema/post-data.sql\n");
        return text.Append("run -c 'ANALYZE'\n").ToString();
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

            # psql ends its input at a line of \. even within a value. Behind quotes that end and begin again it means the same and is no such line.
            function Copy-Csv([IO.Stream] $Source, [IO.Stream] $Target) {
                $buffer = [byte[]]::new(1MB)
                $rest = ''
                do {
                    $count = $Source.Read($buffer, 0, $buffer.Length)
                    $text = $rest + [Text.Encoding]::Latin1.GetString($buffer, 0, $count)
                    $end = if ($count -gt 0) { $text.LastIndexOf([char] 10) + 1 } else { $text.Length }
                    $rest = $text.Substring($end)
                    $Target.Write([Text.Encoding]::Latin1.GetBytes([regex]::Replace($text.Substring(0, $end), '(?m)^\\\.(?=\r?\n)', '"\."')))
                } while ($count -gt 0)
            }

            function Restore-Chunk([string] $File, [string] $Sha256, [string] $Target, [string] $Format) {
                # Unpacking alone does not tell a file that breaks off from a whole one.
                $path = Join-Path -Path $PSScriptRoot -ChildPath $File
                if ((Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash -ne $Sha256) { throw "$File is not as it was written: its SHA-256 is another one." }
                $start = [Diagnostics.ProcessStartInfo]::new('psql')
                foreach ($argument in '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $Database, '-c', "COPY $Target FROM STDIN (FORMAT $Format)") {
                    $start.ArgumentList.Add($argument)
                }

                $start.RedirectStandardInput = $true
                $zstd = $null
                $source = [IO.File]::OpenRead($path)
                $plain = if ($File.EndsWith('.zst')) {
                    $unpack = [Diagnostics.ProcessStartInfo]::new('zstd')
                    foreach ($argument in '-dcq', '--', $path) { $unpack.ArgumentList.Add($argument) }
                    $unpack.RedirectStandardOutput = $true
                    $zstd = [Diagnostics.Process]::Start($unpack)
                    $zstd.StandardOutput.BaseStream
                }
                elseif ($File.EndsWith('.gz')) { [IO.Compression.GZipStream]::new($source, [IO.Compression.CompressionMode]::Decompress) }
                elseif ($File.EndsWith('.br')) { [IO.Compression.BrotliStream]::new($source, [IO.Compression.CompressionMode]::Decompress) }
                else { $source }
                try {
                    $psql = [Diagnostics.Process]::Start($start)
                    # Its input must not end where ours breaks off: psql would take what came for the whole.
                    $broken = $null
                    try {
                        $rows = $psql.StandardInput.BaseStream
                        if ($Format -eq 'csv') { Copy-Csv $plain $rows } else { $plain.CopyTo($rows) }
                        if ($zstd) {
                            $zstd.WaitForExit()
                            if ($zstd.ExitCode -ne 0) { throw "zstd ended with code $($zstd.ExitCode)." }
                        }

                        $psql.StandardInput.Close()
                    }
                    catch { $broken = $_; $psql.Kill() }
                    $psql.WaitForExit()
                    if ($broken -or $psql.ExitCode -ne 0) { throw "$File could not be copied to ${Target}: $broken" }
                }
                finally {
                    $plain.Dispose()
                    $source.Dispose()
                }
            }


            """.ReplaceLineEndings("\n"));
        if (Programs(manifest).Contains("zstd"))
            text.Append("if (-not (Get-Command zstd -CommandType Application -ErrorAction Ignore)) { throw 'The program zstd is needed to unpack this dump.' }\n");
        if (HasObjects(manifest))
            text.Append("Invoke-Psql -f (Join-Path -Path $PSScriptRoot -ChildPath schema/pre-data.sql)\n");
        foreach ((ManifestTable table, ManifestChunk chunk) in Chunks(manifest))
            text.Append($"Restore-Chunk {Literal(chunk.File)} {Literal(chunk.Sha256)} {Literal(Target(table))} {Form(manifest)}\n");
        if (HasObjects(manifest))
            text.Append("Invoke-Psql -f (Join-Path -Path $PSScriptRoot -ChildPath schema/post-data.sql)\n");
        return text.Append("Invoke-Psql -c ANALYZE\n").ToString();
    }

    private static IEnumerable<(ManifestTable Table, ManifestChunk Chunk)> Chunks(DumpManifest manifest) =>
        manifest.Tables.SelectMany(table => table.Chunks.Select(chunk => (table, chunk)));

    /// <summary>The programs that unpack its chunks.</summary>
    private static string[] Programs(DumpManifest manifest) =>
        [.. Chunks(manifest).Select(one => one.Chunk.Codec).Where(codec => codec != DumpCompression.None).Distinct().Order().Select(Program)];

    private static string Program(DumpCompression codec) => codec switch { DumpCompression.Gzip => "gzip", DumpCompression.Brotli => "brotli", _ => "zstd" };

    private static bool HasObjects(DumpManifest manifest) => manifest.Selection.Content != DumpContent.DataOnly;

    private static string Form(DumpManifest manifest) => manifest.DataFormat == DumpDataFormat.Csv ? "csv" : "binary";

    private static string Target(ManifestTable table)
    {
        string columns = table.Columns.Count == 0 ? "" : $" ({string.Join(", ", table.Columns.Select(TableName.Quote))})";
        return new TableName(table.Schema, table.Name).ToSql() + columns;
    }

    private static string Bash(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // PowerShell takes typographic quotes for what ends a text, too.
    private static string Literal(string text) => $"'{string.Concat(text.Select(letter => letter is '\'' or >= '\u2018' and <= '\u201B' ? $"{letter}{letter}" : $"{letter}"))}'";
}
