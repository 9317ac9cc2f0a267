using System.Runtime.InteropServices;
using System.Security;

namespace LakebaseOps.Connections;

/// <summary>A secret that somebody issued for a time.</summary>
/// <param name="Secret">Password or token.</param>
/// <param name="ExpiresAt">When the server will refuse it for new connections.</param>
public sealed record IssuedSecret(SecureString Secret, DateTimeOffset ExpiresAt);

/// <summary>
/// What new connections of a session authenticate with. An issued secret is renewed after four fifths of its life, by one
/// caller for all; while the renewal fails and the old one is still good, the old one is used.
/// </summary>
public sealed class SecretSource : IDisposable
{
    private readonly Func<CancellationToken, Task<IssuedSecret>> _issue;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _turn = new(1);
    private IssuedSecret? _current;
    private DateTimeOffset _renewAt;

    /// <summary>A source that asks for a new secret before the old one expires.</summary>
    public SecretSource(Func<CancellationToken, Task<IssuedSecret>> issue, TimeProvider? clock = null)
    {
        _issue = issue;
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>A source of one secret that never changes.</summary>
    public static SecretSource Of(SecureString secret)
    {
        IssuedSecret constant = new(secret, DateTimeOffset.MaxValue);
        return new SecretSource(_ => Task.FromResult(constant));
    }

    /// <summary>The secret that is good now.</summary>
    public async ValueTask<string> RevealAsync(CancellationToken cancellationToken)
    {
        IssuedSecret? current = Volatile.Read(ref _current);
        if (current is null || _clock.GetUtcNow() >= _renewAt)
            current = await RenewAsync(cancellationToken).ConfigureAwait(false);
        return Reveal(current.Secret);
    }

    /// <summary>A server refused a secret before its time: whoever asks next gets a new one.</summary>
    public void Discard(string refused)
    {
        if (Volatile.Read(ref _current) is { } current && Reveal(current.Secret) == refused)
            Interlocked.CompareExchange(ref _current, null, current);
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task<IssuedSecret> RenewAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DateTimeOffset now = _clock.GetUtcNow();
            if (_current is not null && now < _renewAt)
                return _current;
            IssuedSecret issued = await _issue(cancellationToken).ConfigureAwait(false);
            _renewAt = issued.ExpiresAt == DateTimeOffset.MaxValue ? DateTimeOffset.MaxValue : now + (issued.ExpiresAt - now) * 0.8;
            Volatile.Write(ref _current, issued);
            return issued;
        }
        catch (Exception exception) when (
            exception is not OperationCanceledException && _current is not null && _clock.GetUtcNow() < _current.ExpiresAt)
        {
            return _current;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Reveal(SecureString secret)
    {
        nint text = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(text)!;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }
}
