using System.Globalization;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Csv;

/// <summary>The CSV files of one table: all that does not depend on how they are read.</summary>
/// <param name="Dialect">How they are laid out.</param>
/// <param name="Inputs">The files.</param>
/// <param name="Columns">Columns of the table in the order of the fields.</param>
/// <param name="Size">Bytes of a chunk.</param>
internal sealed record CsvFiles(CsvDialect Dialect, IReadOnlyList<CsvInput> Inputs, IReadOnlyList<CopyColumn> Columns, ChunkSize Size)
{
    /// <summary>A record longer than this is taken for a quote that is not closed.</summary>
    public const int LongestRecord = 256 * 1024 * 1024;

    /// <summary>What is loaded, for a person.</summary>
    public string Description => Inputs.Count == 1 ? Inputs[0].Name : $"{Inputs.Count} files ({Inputs[0].Name}, ...)";

    /// <summary>Files of which is known how many rows they must hold.</summary>
    public IReadOnlyList<(int Input, string Name, long Rows)> ExpectedRows =>
        [.. Inputs.Select((input, number) => (number, input.Name, input.ExpectedRows ?? -1)).Where(input => input.Item3 >= 0)];

    /// <summary>All that must be the same for a load to be resumed.</summary>
    public IReadOnlyDictionary<string, string> Fingerprint => new SortedDictionary<string, string>(
        Inputs.Select((input, number) => KeyValuePair.Create(
                string.Create(CultureInfo.InvariantCulture, $"file {number} {input.Name}"),
                string.Create(CultureInfo.InvariantCulture, $"{input.Length} bytes, {input.Proof}")))
            .Append(KeyValuePair.Create("layout", Dialect.Describe()))
            .Append(KeyValuePair.Create("fields", string.Join(", ", Columns.Select(column => column.Name))))
            .ToDictionary(), StringComparer.Ordinal);

    /// <summary>The source that reads them: any part at any time where that is possible.</summary>
    public LoadSource Open() => Inputs.All(input => input.IsPlain) ? new CsvFileSource(this) : new CsvStreamSource(this);

    /// <summary>File, line and byte offset of a record of a chunk.</summary>
    public async Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken)
    {
        CsvChunk own = (CsvChunk)chunk;
        CsvInput input = Inputs[own.Range.Input];
        CsvReader reader = new(Dialect with { Fields = null }, columns: 1);
        reader.Open(own);
        for (long i = 0; reader.Skip() && i < record; i++)
            cancellationToken.ThrowIfCancellationRequested();
        long offset = own.Range.From + reader.Start;
        return own.FirstLine is long line
            ? input.Describe(line + reader.LinesBefore, offset)
            : await input.DescribeAsync(offset, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The record at an offset is longer than <see cref="LongestRecord"/>.</summary>
    public LakebaseException TooLong(LoadRange range) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData,
            string.Create(CultureInfo.InvariantCulture,
                $"{Inputs[range.Input].Name}: the record at byte {range.From} is longer than 256 MB; perhaps a quote is not closed."))
        { Target = Inputs[range.Input].Path, Remedy = "Correct the file, or give the right -Quote." }.ToException();

    /// <summary>A file is no longer what it was when the load began.</summary>
    public LakebaseException Changed(int input, string how) =>
        new LakebaseError(ErrorIds.LoadChanged, LakebaseErrorKind.InvalidState, $"{Inputs[input].Name} {how} while it was loaded.")
        { Target = Inputs[input].Path, Remedy = "Load a file that nobody changes, with -Restart." }.ToException();
}
