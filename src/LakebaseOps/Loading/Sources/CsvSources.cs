using System.Globalization;
using System.Security.Cryptography;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Decoding;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Sources;

/// <summary>Makes the source of CSV files, or of CSV that passes by.</summary>
internal static class CsvSources
{
    /// <summary>Looks at the files of a table and makes their source.</summary>
    /// <param name="connection">An open connection to the table's database.</param>
    /// <param name="target">The table and its files.</param>
    /// <param name="shape">The table's columns.</param>
    /// <param name="options">The load's options.</param>
    /// <param name="proves">Whether to compute what a manifest says of whole files.</param>
    /// <param name="streams">Streams that will share the files.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LakebaseException">InvalidArgument, FileNotFound, LoadNotPossible, DataRejected, LoadChanged.</exception>
    public static async Task<LoadSource> OpenAsync(
        NpgsqlConnection connection, TableFiles target, TableDefinition shape, BulkLoadOptions options, bool proves, int streams,
        CancellationToken cancellationToken)
    {
        CsvDialect dialect = CsvDialect.Of(options);
        List<CsvInput> inputs = [];
        foreach (LoadFile file in target.Files)
        {
            if (file.Path == LoadFile.StandardInput)
            {
                inputs.Add(await CsvInput.OpenAsync("standard input", new StandardInput(), dialect, cancellationToken).ConfigureAwait(false));
                continue;
            }

            if (proves)
                await ProveAsync(file, cancellationToken).ConfigureAwait(false);
            inputs.Add(await CsvInput.OpenAsync(file.Path, dialect, cancellationToken).ConfigureAwait(false) with { ExpectedRows = file.Rows });
        }

        return await SourceAsync(connection, target.Table, inputs, shape, dialect, options, streams, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The source of lines of a pipeline.</summary>
    public static async Task<LoadSource> OpenAsync(
        NpgsqlConnection connection, TableName table, RecordChannel lines, TableDefinition shape, BulkLoadOptions options, int streams,
        CancellationToken cancellationToken)
    {
        CsvDialect dialect = CsvDialect.Of(options);
        CsvInput input = await CsvInput.OpenAsync("pipeline text", new LineStream(lines), dialect with { Encoding = null }, cancellationToken)
            .ConfigureAwait(false);
        return await SourceAsync(connection, table, [input], shape, dialect with { Encoding = null }, options, streams, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<LoadSource> SourceAsync(
        NpgsqlConnection connection,
        TableName table,
        IReadOnlyList<CsvInput> inputs,
        TableDefinition shape,
        CsvDialect dialect,
        BulkLoadOptions options,
        int streams,
        CancellationToken cancellationToken)
    {
        CsvLayout layout = CsvLayout.Of(shape, CommonHeader(inputs, table), inputs[0].Name, options);
        CsvDialect known = dialect with { Fields = layout.Fields, Encoding = dialect.Encoding ?? inputs[0].Encoding };
        IReadOnlyList<CopyColumn> columns = await TypeCatalog.ResolveAsync(connection, layout.Columns, cancellationToken).ConfigureAwait(false);
        return new CsvFiles(known, inputs, columns, ChunkSize.OfBytes(options, streams)).Open();
    }

    private static IReadOnlyList<string>? CommonHeader(IReadOnlyList<CsvInput> inputs, TableName table)
    {
        if (inputs[0].Header is { } header && inputs.FirstOrDefault(input => !input.Header!.SequenceEqual(header)) is { } other)
        {
            throw new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData,
                $"'{other.Name}' has another header than '{inputs[0].Name}'; both are for {table}.")
            { Target = other.Path, Remedy = "Load them one after the other, the second with -Mode Append." }.ToException();
        }

        return inputs[0].Header;
    }

    /// <summary>A file must be what its manifest says.</summary>
    private static async Task ProveAsync(LoadFile file, CancellationToken cancellationToken)
    {
        FileInfo found = new(file.Path);
        if (file.Bytes is long bytes && bytes != found.Length)
            throw Other(string.Create(CultureInfo.InvariantCulture, $"has {found.Length:N0} bytes, and the manifest says {bytes:N0}"));
        if (file.Sha256 is null)
            return;
        FileStream stream = new(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan | FileOptions.Asynchronous);
        await using (stream.ConfigureAwait(false))
        {
            string hash = Convert.ToHexString(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            if (!hash.Equals(file.Sha256, StringComparison.OrdinalIgnoreCase))
                throw Other($"has the SHA-256 {hash}, and the manifest says {file.Sha256}");
        }

        LakebaseException Other(string how) =>
            new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification, $"'{file.Path}' {how}; nothing was loaded.")
            { Target = file.Path, Remedy = "Fetch the file again, or correct the manifest." }.ToException();
    }
}
