using System.Globalization;
using System.Security.Cryptography;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Dumps.Folders;

/// <summary>The unpacked rows of a chunk's file; at the end, all that the manifest says of it must have come true.</summary>
internal sealed class ChunkStream : ReadStream
{
    private readonly ManifestChunk _chunk;
    private readonly string _path;
    private readonly HashedFile _file;
    private readonly Stream _rows;
    private readonly RowMeter _meter;
    private bool _isChecked;

    private ChunkStream(string path, Stream file, ManifestChunk chunk, DumpDataFormat format, ManifestTable table)
    {
        _path = path;
        _chunk = chunk;
        _file = new HashedFile(file);
        _rows = Packed.Open(_file, (Compression)chunk.Codec, path);
        _meter = RowMeter.For(format, table.Columns.Count, table.Masks);
    }

    /// <summary>Opens a file.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="chunk">Which it is and what it must hold.</param>
    /// <param name="format">Form of its rows.</param>
    /// <param name="table">Its table.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ChunkStream> OpenAsync(
        DumpStore store, ManifestChunk chunk, DumpDataFormat format, ManifestTable table, CancellationToken cancellationToken)
    {
        string path = store.PathOf(chunk.File);
        try
        {
            return new ChunkStream(path, await store.OpenAsync(chunk.File, cancellationToken).ConfigureAwait(false), chunk, format, table);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DumpFault.Damaged(path, exception is FileNotFoundException or DirectoryNotFoundException ? "it is missing" : exception.Message, exception);
        }
    }

    /// <summary>The SHA-256 of the file's bytes so far, as hexadecimal.</summary>
    public string Sha256 => _file.Sha256;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isChecked || buffer.IsEmpty)
            return 0;
        int count;
        try
        {
            count = await _rows.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0)
                _meter.Add(buffer.Span[..count]);
            else
                _meter.End();
        }
        catch (InvalidDataException exception)
        {
            throw DumpFault.Damaged(_path, At(exception.Message), exception);
        }
        catch (LakebaseException exception) when (exception.Error.Id == ErrorIds.DataRejected)
        {
            // What unpacks the file speaks of inputs of loads.
            throw DumpFault.Damaged(_path, At("it cannot be unpacked"), exception);
        }
        catch (IOException exception)
        {
            throw DumpFault.Damaged(_path, At($"it cannot be read: {exception.Message}"), exception);
        }

        if (count == 0)
            await CheckAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _rows.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        await _file.DrainAsync(cancellationToken).ConfigureAwait(false);
        string? fault = _file.Length != _chunk.StoredBytes ? Differs("bytes", _chunk.StoredBytes, _file.Length)
            : _file.Sha256 != _chunk.Sha256 ? "its SHA-256 is not that of the manifest"
            : _meter.Bytes != _chunk.Bytes ? Differs("unpacked bytes", _chunk.Bytes, _meter.Bytes)
            : _meter.Rows != _chunk.Rows ? Differs("rows", _chunk.Rows, _meter.Rows)
            : _meter.Hash != _chunk.Hash ? "the sum of its rows' hashes is not that of the manifest"
            : null;
        if (fault is not null)
            throw DumpFault.Damaged(_path, fault);
        _isChecked = true;
    }

    private string At(string fault) =>
        string.Create(CultureInfo.InvariantCulture, $"{fault} (row {_meter.Rows + 1}, byte {_meter.RowOffset} unpacked)");

    private static string Differs(string what, long expected, long actual) =>
        string.Create(CultureInfo.InvariantCulture, $"it has {actual} {what} instead of {expected}");
}
