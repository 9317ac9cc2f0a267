using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage("Design", "CA1031", Justification = "Completers stay silent on any failure.", Scope = "namespace", Target = "~N:LakebaseOps.Completion")]
