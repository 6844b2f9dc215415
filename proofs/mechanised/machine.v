(** * From the reference program to the machine

    All of it together: along a chain of proved steps, then with the iterations of
    vector and parallel loops in any order, then in arenas, the outputs are those of
    the reference program.
    Counterpart: docs/theorem.md sections 5 and 6. *)

From Coq Require Import List String ZArith Lia Bool.
From Obligato Require Import model order trees schedule cases sources refinement theorem actions kinds loops plan memory.
Import ListNotations.

(** W8 for buffers that are objects of their own: an element is its address. *)
Theorem W8_holds_for_objects : forall P, W8_kinds P -> iterations_apart (fun e : element => e) (stores P).
Proof.
  intros P K s w k how x y e Ss Sw _ Mode Together Prefix Dx Dy Around Differ He.
  exact (W8_iterations_share_no_written_element P K s w k how x y e Ss Sw Mode Together Prefix Dx Dy Around Differ He).
Qed.

Section Machine.
  Context {V : Type}.
  Variable I : interpretation V.

  (** Lemma 5: with W8, any interleaving leaves the memory that serial execution leaves. *)
  Theorem lemma5_objects : forall body kinds outs l (m : state) e,
    W8_kinds (program_of body kinds outs) ->
    performs_body 0 0 body l ->
    perform_all element_dec I (fun e => e) l m (Mem e) = exec I (top_run 0 0 body) (fun e => m (Mem e)) e.
  Proof.
    intros body kinds outs l m e K H.
    rewrite (lemma5_iterations_in_any_order element_dec I (fun e => e) body 0 0 (top_stores 0 0 body) l m e
      (W8_holds_for_objects _ K) (fun _ h => h) H).
    reflexivity.
  Qed.

  (** The last program of the chain, as the machine runs it. *)
  Theorem machine_equal_outputs : forall reference D body kinds outs D' shape_of plan l mr (m : state),
    checked reference D ->
    chain reference D (program_of body kinds outs) D' ->
    W8_kinds (program_of body kinds outs) ->
    W6_bounds (program_of body kinds outs) shape_of ->
    M1_plan (program_of body kinds outs) shape_of plan ->
    starts I reference mr ->
    starts I (program_of body kinds outs) (fun e => m (Mem (place shape_of plan e))) ->
    performs_body 0 0 body l ->
    forall k o o' shape shape' d,
      nth_error outs k = Some (o, shape) -> nth_error (outputs reference) k = Some (o', shape') -> within shape d ->
      perform_all address_dec I (place shape_of plan) l m (Mem (InObject o d)) = exec I (run reference) mr (o', d).
  Proof.
    intros reference D body kinds outs D' shape_of plan l mr m HR HC K W M Gr Gm H k o o' shape shape' d Ho Ho' Hd.
    set (last := program_of body kinds outs) in *.
    pose proof (checked_established _ _ (chain_checked _ _ _ _ HC)) as Hlast.
    rewrite (lemma5_iterations_in_any_order address_dec I (place shape_of plan) body 0 0 (stores last) l m (InObject o d)
      (W8_holds_in_arenas last shape_of plan W M K) (fun _ h => h) H).
    assert (Hplan : plan o = None).
    { destruct (plan o) eqn:E; [exfalso | reflexivity].
      destruct (M1_only_temps_have_a_place _ _ _ M o) as [_ N]; [congruence |].
      apply N. apply in_map_iff. exists (o, shape). split; [reflexivity | exact (nth_error_In _ _ Ho)]. }
    change (top_run 0 0 body) with (run last).
    rewrite (lemma6_objects last shape_of plan W M I D' (fun a => m (Mem a)) Hlast o d Hplan).
    destruct (chain_equal_outputs reference D last D' HR HC) as [_ Equal].
    exact (Equal V I mr _ Gr Gm k o o' shape shape' d Ho Ho' Hd).
  Qed.
End Machine.
